// The certificate that connections by TLS are served with.
#pragma once

#include "base/secret.h"

struct gnutls_session_int;
struct gnutls_certificate_credentials_st;

namespace tokctl::http {

// Thread-safe once made.
class Certificate {
 public:
  // Of a chain and its key, in PEM. Throws Error(kUsage, "serve.tls") when they are not, or not of
  // one another.
  Certificate(const SecretString& chain, const SecretString& key);
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate();

  // Before its handshake. Has to outlive the session.
  void show_to(gnutls_session_int* session) const;

 private:
  gnutls_certificate_credentials_st* credentials_ = nullptr;
};

}  // namespace tokctl::http
