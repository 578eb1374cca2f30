#include "crypto/keyring.h"

#include <sys/prctl.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

#include "support/child.h"
#include "support/error.h"
#include "support/hex.h"
#include "support/random.h"
#include "support/scratch.h"

namespace tokctl::crypto {
namespace {

using testing::CountingRandom;
using testing::error_of;
using testing::hex;
using testing::Scratch;

constexpr std::string_view kId = "4703aad12db370ce";
constexpr std::string_view kLine = "4703aad12db370ce AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

// 00 01 ... 1f
RootKey known_key() {
  CountingRandom random;
  return make_root_key(random);
}

RootKey other_key() {
  CountingRandom random(0x80);
  return make_root_key(random);
}

std::vector<RootKey> keys_of(RootKey first, std::optional<RootKey> second = std::nullopt) {
  std::vector<RootKey> keys;
  keys.push_back(std::move(first));
  if (second) keys.push_back(*std::move(second));
  return keys;
}

Error refusal(std::string_view text) {
  const Error error = error_of([&] { parse_key_file(SecretString(text)); });
  CHECK(error.code() == Code::kIntegrity);
  CHECK(error.id() == "key.malformed");
  return error;
}

TEST_CASE("a root key's id is drawn from its bytes") {
  CHECK(known_key().id == kId);
  CHECK(other_key().id != kId);
  CHECK(other_key().id.size() == kRootKeyIdSize);
  CHECK_THROWS_AS(root_key_from(Bytes(31)), std::invalid_argument);
  CHECK_THROWS_AS(root_key_from(Bytes(33)), std::invalid_argument);
}

// Computed with Python's hmac.
TEST_CASE("subkeys have known answers, one for each purpose") {
  const Keyring keyring(keys_of(known_key()));
  const auto subkey = [&](Purpose purpose) {
    return hex_encode(keyring.subkey(kId, purpose).reveal());
  };
  CHECK(subkey(Purpose::kWebToken) ==
        "2f82c5b9abcd04413d8c4a289f5cc8e53b7039502537837ec3ede6dd86c7c9b7");
  CHECK(subkey(Purpose::kLookup) ==
        "a6322eebfd609cb51889bf2b0ea4e2fdaf905f51f3555131c9879e130e18b184");
  CHECK(subkey(Purpose::kRefresh) ==
        "89d3fc21b877f96a273cc331c60c61c92bef35f27693d1fb467912cae26dddc0");
  CHECK(subkey(Purpose::kSeal) ==
        "af22218018ba2a7f2ba033dfcb834c68cfc55765cb6c7ae15f5d24164d20558f");
  CHECK(subkey(Purpose::kCache) ==
        "254428c7b271a81d103a2625fd17ea5faa665013466ba1e2be5ddbec4fca1247");
  CHECK(subkey(Purpose::kAudit) ==
        "9ee527a0da2cf9a53cff539a0411125fadf240836c93e097d70e44d024bc2a56");
  CHECK(subkey(Purpose::kThrottle) ==
        "ef09626539cbf62b49c5332bdfce052c8cada3be930ec06318c15de9e16217a7");
}

TEST_CASE("a MAC key is the subkey, ready") {
  const Keyring keyring(keys_of(known_key(), other_key()));
  for (const std::string& id : keyring.ids()) {
    for (std::size_t i = 0; i < kPurposes; ++i) {
      const auto purpose = static_cast<Purpose>(i);
      CHECK(Mac(keyring.mac_key(id, purpose)).add("x").finish() ==
            Mac(MacKey(keyring.subkey(id, purpose).reveal())).add("x").finish());
    }
  }
}

TEST_CASE("a keyring knows its keys in the file's order") {
  Keyring keyring(keys_of(other_key(), known_key()));
  CHECK(keyring.ids() == std::vector<std::string>{other_key().id, std::string(kId)});
  CHECK(keyring.has(kId));
  CHECK_FALSE(keyring.has("4703aad12db370c"));
  CHECK_FALSE(keyring.has("4703AAD12DB370CE"));
  CHECK_FALSE(keyring.has(""));
  const Keyring moved(std::move(keyring));
  CHECK(moved.has(kId));
}

TEST_CASE("a key that is not here is named") {
  const Keyring keyring(keys_of(known_key()));
  const Error error = error_of([&] { keyring.subkey("0123456789abcdef", Purpose::kSeal); });
  CHECK(error.code() == Code::kIntegrity);
  CHECK(error.id() == "key.missing");
  CHECK(error.message() == "the root key 0123456789abcdef is not in the key file");
  CHECK_THROWS_AS(keyring.mac_key("", Purpose::kSeal), Error);
  CHECK_THROWS_AS(Keyring(std::vector<RootKey>{}).mac_key(kId, Purpose::kSeal), Error);
}

TEST_CASE("a key file is comments and a line for each key") {
  const SecretString text = format_key_file(keys_of(known_key(), other_key()));
  const std::string_view shown = text.reveal();
  CHECK(shown.starts_with("# "));
  CHECK(shown.find("\n" + std::string(kLine) + "\n") != std::string_view::npos);
  CHECK(shown.ends_with("=\n"));
  const auto keys = parse_key_file(text);
  REQUIRE(keys.size() == 2);
  CHECK(keys[0].id == kId);
  CHECK(hex_encode(keys[0].bytes.reveal()) ==
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  CHECK(keys[1].id == other_key().id);
}

TEST_CASE("a key file may lack its last newline and hold empty lines and comments") {
  const std::string line(kLine);
  for (const std::string& text : {line, line + "\n", "\n\n" + line + "\n\n#\n", "# x\n" + line}) {
    CHECK(parse_key_file(SecretString(text)).size() == 1);
  }
}

TEST_CASE("a key file with anything else in it is refused by line, without its content") {
  const std::string line(kLine);
  const std::string key = line.substr(17);
  const auto at = [&](std::string_view text) { return refusal(text).message(); };
  CHECK(at("") == "key file: holds no root key");
  CHECK(at("# only talk\n") == "key file: holds no root key");
  CHECK(at(line + "\n" + line + "\n") == "key file: line 2 repeats the root key 4703aad12db370ce");
  for (const std::string& bad : {
           std::string("hunter2"), key, std::string(kId),
           "0" + line.substr(1),           // an id that is not this key's
           "4703AAD12DB370CE " + key,      //
           " " + line,                     //
           line + " ",                     //
           line + "\r",                    //
           line + "=",                     //
           std::string(kId) + "\t" + key,  //
           std::string(kId) + "  " + key,
           std::string(kId) + " " + key.substr(0, 43),                  // padding lost
           std::string(kId) + " " + key.substr(0, 42) + "9=",           // trailing bits
           std::string(kId) + " " + base64_encode(Bytes(31)),           //
           std::string(kId) + " " + base64_encode(Bytes(33)),           //
           std::string(kId) + " " + "\xC1" + key.substr(1),             //
           std::string(kId) + " " + "-_" + key.substr(2),               //
           line.substr(0, 20) + std::string(1, '\0') + line.substr(21)  //
       }) {
    CAPTURE(bad);
    CHECK(at("# head\n" + bad + "\n") == "key file: line 2 is not a root key and its id");
  }
}

TEST_CASE("a root key with any bit flipped is noticed") {
  const std::string line(kLine);
  const Bytes good = *base64_decode(line.substr(17));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << bit % 8));
    refusal(std::string(kId) + " " + base64_encode(bad));
  }
}

TEST_CASE("a keyring is loaded from a private file by a hardened process") {
  const Scratch scratch;
  const std::string path = scratch.file("tokctl.key", kLine);
  CHECK(testing::in_child([&] {
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    const Keyring keyring = load_keyring(path);
    return keyring.has(kId) && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
  }));
}

TEST_CASE("a key file that is unsafe or malformed is named") {
  const Scratch scratch;
  const std::string exposed = scratch.file("exposed", kLine, 0640);
  CHECK(error_of([&] { load_keyring(exposed); }).message() == exposed + " may be used by others");
  const std::string malformed = scratch.file("malformed", "x");
  CHECK(error_of([&] { load_keyring(malformed); }).message() ==
        malformed + ": line 1 is not a root key and its id");
  CHECK(error_of([&] { load_keyring(scratch / "absent"); }).code() == Code::kNotFound);
  const std::string large = scratch.file("large", std::string((64 << 10) + 1, '#'));
  CHECK(error_of([&] { load_keyring(large); }).message() == large + " is larger than 65536 bytes");
}

TEST_CASE("the key file is where it was said, with the credentials, or beside the data") {
  const Scratch scratch;
  CHECK(key_file_path("/k", scratch.path(), "/fallback") == "/k");
  CHECK(key_file_path("", "", "/fallback") == "/fallback");
  CHECK(key_file_path("", scratch.path(), "/fallback") == "/fallback");
  scratch.file("tokctl.key", "");
  CHECK(key_file_path("", scratch.path(), "/fallback") == scratch / "tokctl.key");
  CHECK(key_file_path("/k", scratch.path(), "/fallback") == "/k");
}

TEST_CASE("made root keys differ") {
  SystemRandom random;
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(make_root_key(random).id);
  CHECK(ids.size() == 100);
}

}  // namespace
}  // namespace tokctl::crypto
