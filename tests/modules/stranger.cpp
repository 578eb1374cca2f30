// A library that is no database driver at all.
extern "C" __attribute__((visibility("default"))) int something_else() { return 1; }
