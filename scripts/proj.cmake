# How PROJ is built where Debian's is too old: many files of C++ at once, which read the same headers.
set(CMAKE_UNITY_BUILD ON)
