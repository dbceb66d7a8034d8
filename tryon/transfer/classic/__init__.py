"""What VITON (Han et al., CVPR 2018) computes without networks: its maps of a person, its matching of outlines."""
