// A program outside the tree: what it includes and links is what an installation offers.
#include <tokctl/base/encoding.h>
#include <tokctl/base/error.h>

#include <cstdio>

int main() {
  try {
    if (tokctl::hex_encode(tokctl::as_bytes("ok")) != "6f6b") return 1;
    throw tokctl::Error(tokctl::Code::kNotFound, "user.not_found",
                        "user a@example.com does not exist");
  } catch (const tokctl::Error& error) {
    std::printf("consumer: %s [%s]\n", error.what(), error.id().c_str());
  }
  return 0;
}
