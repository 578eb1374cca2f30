// A database driver that was built for another version of tokctl.
namespace tokctl::db {
class Driver;
}

extern "C" __attribute__((visibility("default"))) const tokctl::db::Driver* tokctl_driver(int) {
  return nullptr;
}
