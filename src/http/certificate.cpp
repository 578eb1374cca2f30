#include "http/certificate.h"

#include <gnutls/gnutls.h>

#include <string_view>

#include "base/error.h"
#include "base/late_library.h"

namespace tokctl::http {
namespace {

struct Gnutls {
  decltype(&gnutls_certificate_allocate_credentials) allocate;
  decltype(&gnutls_certificate_free_credentials) free;
  decltype(&gnutls_certificate_set_x509_key_mem2) set_key;
  decltype(&gnutls_credentials_set) set_credentials;
};

Gnutls load() {
  const LateLibrary library({.file = "libgnutls.so.30",
                             .name = "GnuTLS",
                             .package = "libgnutls30",
                             .error = "serve.no_gnutls",
                             .without = "nothing can be served by TLS"});
  Gnutls gnutls{};
  library.find("gnutls_certificate_allocate_credentials", gnutls.allocate);
  library.find("gnutls_certificate_free_credentials", gnutls.free);
  library.find("gnutls_certificate_set_x509_key_mem2", gnutls.set_key);
  library.find("gnutls_credentials_set", gnutls.set_credentials);
  return gnutls;
}

// The one that libmicrohttpd brought along.
const Gnutls& gnutls() {
  static const Gnutls kGnutls = load();
  return kGnutls;
}

gnutls_datum_t datum(std::string_view text) {
  return {.data = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
          .size = static_cast<unsigned>(text.size())};
}

}  // namespace

Certificate::Certificate(const SecretString& chain, const SecretString& key) {
  if (gnutls().allocate(&credentials_) != GNUTLS_E_SUCCESS) throw std::bad_alloc();
  const gnutls_datum_t chain_pem = datum(chain.reveal()), key_pem = datum(key.reveal());
  if (gnutls().set_key(credentials_, &chain_pem, &key_pem, GNUTLS_X509_FMT_PEM, nullptr, 0) >= 0)
    return;
  gnutls().free(credentials_);
  throw Error(Code::kUsage, "serve.tls",
              "the certificate and the key are not fit to be served with",
              "both in PEM, and of one another");
}

Certificate::~Certificate() { gnutls().free(credentials_); }

void Certificate::show_to(gnutls_session_int* session) const {
  gnutls().set_credentials(session, GNUTLS_CRD_CERTIFICATE, credentials_);
}

}  // namespace tokctl::http
