// A program that runs on, as a service would with the library: it remembers verdicts, and ends
// tokens itself. A line in, a line out:
//
//   validate TOKEN    -> valid, refused, or unknown where the database could not be asked
//   revoke ID         -> revoked
#include <iostream>
#include <string>

#include "tokctl.h"

int main() {
  auto t = tokctl::open(tokctl::load_config({}, tokctl::system_environment()).config);
  t.upkeep().start([](const std::exception& error) { std::cerr << error.what() << std::endl; });
  std::string command, what;
  while (std::cin >> command >> what) {
    try {
      if (command == "revoke") {
        t.tokens().revoke_id(what);
        std::cout << "revoked" << std::endl;
      } else {
        std::cout << (t.tokens().principal(what) ? "valid" : "refused") << std::endl;
      }
    } catch (const tokctl::Error& error) {
      std::cerr << error.what() << std::endl;
      std::cout << "unknown" << std::endl;
    }
  }
}
