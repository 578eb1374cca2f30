// A program outside the tree: what it includes and links is what an installation offers.
#include <tokctl/tokctl.h>

#include <cstdio>

int main(int, char** argv) {
  const std::string folder = argv[1];
  tokctl::Config config;
  config.db = "sqlite:" + folder + "/tokctl.db";
  config.key_file = folder + "/tokctl.key";
  auto t = tokctl::open(config);
  const tokctl::User bill = t.users().create({.email = "Bill@example.com",
                                              .full_name = "Bill",
                                              .password = tokctl::SecretString("correct horse")});
  const auto issued = t.tokens().issue_web({.email = bill.email, .public_id = {}}, {});
  const auto verdict = t.tokens().validate(issued.token.reveal());
  const tokctl::Principal* who = tokctl::valid(verdict);
  if (who == nullptr || who->email != "bill@example.com") return 1;
  t.users().set_password({.email = bill.email, .public_id = {}},
                         tokctl::SecretString("another horse"));
  if (tokctl::valid(t.tokens().validate(issued.token.reveal())) != nullptr) return 1;
  std::printf("consumer: %lld events\n", static_cast<long long>(t.audit().verify().checked));
}
