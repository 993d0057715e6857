"""uaCSTA in the lab: a test phone that is controlled, and an application that controls a phone (ECMA TR/87)."""
