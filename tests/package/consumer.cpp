// A program outside the tree: what it includes and links is what an installation offers.
#include <tokctl/tokctl.h>

#include <cstdio>

int main() {
  try {
    const tokctl::SecretString password("correct horse");
    if (!tokctl::constant_time_equal(password.reveal(), "correct horse")) return 1;
    throw tokctl::Error(tokctl::Code::kNotFound, "user.not_found",
                        "user a@example.com does not exist");
  } catch (const tokctl::Error& error) {
    std::printf("consumer: %s [%s]\n", error.what(), error.id().c_str());
  }
  return 0;
}
