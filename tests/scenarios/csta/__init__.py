"""The lab PBX's call stories carried over CSTA links of every dialect: a switch's end, a wire, an application's end."""
