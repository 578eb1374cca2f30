#include "http/fields.h"

#include <utility>

#include "oauth/form.h"

namespace tokctl::http {

std::optional<Fields> Fields::of(const Request& request) {
  // Parameters of a media type (`; charset=utf-8`) mean nothing here (RFC 6749 appendix B).
  std::string_view type = request.header("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (!same_name(type, "application/x-www-form-urlencoded")) return std::nullopt;
  auto fields = oauth::parse_form(request.body);
  if (!fields) return std::nullopt;
  return Fields(*std::move(fields));
}

Fields::~Fields() {
  for (auto& [name, value] : fields_) wipe(value.data(), value.size());
}

const std::string* Fields::find(std::string_view name) const {
  const auto found = fields_.find(std::string(name));
  return found != fields_.end() && !found->second.empty() ? &found->second : nullptr;
}

}  // namespace tokctl::http
