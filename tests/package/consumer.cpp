// A program outside the tree: what it includes and links is what an installation offers.
#include <cstdio>

int main() {
  std::puts("consumer: ok");
  return 0;
}
