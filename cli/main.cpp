#include <cstdio>

#include "embedded/version.h"

int main() {
  std::printf("tokctl %.*s\n", static_cast<int>(tokctl::embedded::kVersion.size()),
              tokctl::embedded::kVersion.data());
  return 0;
}
