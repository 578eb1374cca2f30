// JSON as a stream of what is in it, without a tree: for what is read at every request. As strict
// as base/json.h.
#pragma once

#include <cstdint>
#include <string_view>

namespace tokctl {

inline constexpr std::size_t kJsonMembersMax = 256;  // of an object that is read as a stream

// What reading comes upon, in the order of the text. Each answer is whether to go on; what nobody
// asked for is refused. A text that is given is good until the answer.
class JsonEvents {
 public:
  virtual bool literal() { return false; }  // null, true, false
  virtual bool integer(std::uint64_t /*magnitude*/, bool /*negative*/) { return false; }
  virtual bool text(std::string_view /*value*/) { return false; }
  virtual bool begin_object() { return false; }
  virtual bool name(std::string_view /*name*/) { return false; }
  virtual void end_object() {}
  virtual bool begin_array() { return false; }
  virtual void end_array() {}

 protected:
  ~JsonEvents() = default;
};

// Whether `text` is one value to the letter of RFC 8259, with nothing but white space around it, no
// member named twice in an object, kJsonMembersMax members in each and kJsonDepthMax levels at
// most, no number but integers of 64 bits, and every answer was to go on.
bool read_json(std::string_view text, JsonEvents& events);

}  // namespace tokctl
