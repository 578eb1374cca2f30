// What is read as a key in PEM is the key that its JWK is; what is refused is refused without a
// word of it.
#include <string>

#include "base/encoding.h"
#include "fuzz/keys.h"

using namespace tokctl;

namespace {

void read(std::string_view text) {
  fuzz::read_key(text,
                 [](std::string_view pem) { return crypto::Jwk::from_pem(pem, fuzz::random()); });
}

// A key of Ed25519 (RFC 8410 §7) and one of P-256 (RFC 5915), in PKCS #8.
constexpr std::string_view kEd25519 =
    "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f447558"
    "42";
constexpr std::string_view kP256 =
    "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420c9afa9d845ba75166b5c21"
    "5767b1d6934e50c3db36e89b127b8a622b120f6721a1440342000460fed4ba255a9d31c961eb74c6356d68c049b892"
    "3b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

// Lines of 64 characters, which OpenSSL asks for.
std::string pem(std::string_view label, std::span<const std::uint8_t> der) {
  std::string base64 = base64_encode(der);
  std::string text = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) text += base64.substr(at, 64) + "\n";
  return text + "-----END " + std::string(label) + "-----\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read(text);
  for (const char* label : {"PRIVATE KEY", "PUBLIC KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"})
    read(pem(label, {data, size}));

  // A sound key with the input written over a part of it.
  if (size == 0) return 0;
  Bytes der = *hex_decode(data[0] % 2 == 0 ? kEd25519 : kP256);
  for (std::size_t i = 1, at = data[0] / 2 % der.size(); i < size && at < der.size(); ++i, ++at)
    der[at] = data[i];
  read(pem("PRIVATE KEY", der));
  return 0;
}
