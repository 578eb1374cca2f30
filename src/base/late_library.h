// A library of the system that is loaded when it is first needed, and not at the start of every
// command.
#pragma once

#include <string>
#include <string_view>

namespace tokctl {

class LateLibrary {
 public:
  struct Terms {
    const char* file;  // libcurl.so.4
    std::string_view name;
    std::string_view package;
    std::string_view error;    // the id of what is thrown
    std::string_view without;  // what there is not without it: "no provider can be reached"
  };

  // Its symbols are seen through here alone, so that its OpenSSL and the one inside this program do
  // not meet. Never unloaded: it may have threads. Throws Error(kUnavailable, terms.error) when it
  // is not installed.
  explicit LateLibrary(const Terms& terms);

  // Throws the same when there is no such function.
  template <typename Function>
  void find(const char* symbol, Function& function) const {
    function = reinterpret_cast<Function>(address(symbol));
  }

 private:
  void* address(const char* symbol) const;

  const Terms terms_;
  void* const handle_;
};

}  // namespace tokctl
