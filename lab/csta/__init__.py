"""The switch's CSTA face: applications served in the dialects of three PBXs, with one switching model behind them."""
