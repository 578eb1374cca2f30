// The form that a request carries as its body.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "http/message.h"

namespace tokctl::http {

// Overwritten when it goes: fields are passwords and tokens.
class Fields {
 public:
  // Nothing unless the body is application/x-www-form-urlencoded, well-formed and has no field
  // twice, which RFC 6749 §3.2 forbids.
  static std::optional<Fields> of(const Request& request);

  Fields(Fields&&) = default;
  Fields& operator=(Fields&&) = delete;
  ~Fields();

  // Null when it is absent or empty (RFC 6749 §3.2: the same).
  const std::string* find(std::string_view name) const;

 private:
  explicit Fields(std::map<std::string, std::string> fields) : fields_(std::move(fields)) {}

  std::map<std::string, std::string> fields_;
};

}  // namespace tokctl::http
