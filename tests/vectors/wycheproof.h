// Wycheproof's test vectors: github.com/C2SP/wycheproof, testvectors_v1/.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/encoding.h"
#include "support/hex.h"

namespace tokctl::testing {

// $WYCHEPROOF, or ../shared/wycheproof beside the source tree.
inline std::filesystem::path wycheproof_folder() {
  if (const char* folder = std::getenv("WYCHEPROOF")) return folder;
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  return root.parent_path() / "shared" / "wycheproof";
}

inline nlohmann::json wycheproof(const std::string& name) {
  const auto path = wycheproof_folder() / (name + "_test.json");
  std::ifstream file(path);
  if (!file) FAIL("no test vectors at " << path << ": set WYCHEPROOF to the folder that has them");
  return nlohmann::json::parse(file);
}

// Calls `check(group, test)` for each test of a file and returns how many there were. That the file
// holds as many as it says is checked here; that they were all meant to be run, by the caller
// against a number of its own.
template <typename Check>
int for_each_test(const nlohmann::json& file, Check check) {
  int executed = 0;
  for (const auto& group : file.at("testGroups")) {
    for (const auto& test : group.at("tests")) {
      INFO("tcId " << test.at("tcId") << ": " << test.at("comment"));
      check(group, test);
      ++executed;
    }
  }
  CHECK(executed == file.at("numberOfTests").get<int>());
  return executed;
}

inline Bytes bytes_at(const nlohmann::json& test, const char* name) {
  return hex(test.at(name).get<std::string>());
}

inline bool is_valid(const nlohmann::json& test) { return test.at("result") == "valid"; }

}  // namespace tokctl::testing
