# Install rules, pkg-config files and the CMake package.
