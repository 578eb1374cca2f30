// What is read as a stream is what nlohmann's reader makes a tree of; and what that takes is
// refused for a reason that base/json_stream.h gives.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/json_stream.h"
#include "require.h"

using namespace tokctl;
using Json = nlohmann::json;

namespace {

class Tree final : public JsonEvents {
 public:
  bool literal() override {
    ++literals;
    return put(nullptr);
  }
  bool integer(std::uint64_t magnitude, bool negative) override {
    return put(negative ? Json(static_cast<std::int64_t>(0 - magnitude)) : Json(magnitude));
  }
  bool text(std::string_view value) override { return put(std::string(value)); }
  bool begin_object() override { return open(Json::object()); }
  bool name(std::string_view name) override {
    name_ = name;
    return true;
  }
  void end_object() override { open_.pop_back(); }
  bool begin_array() override { return open(Json::array()); }
  void end_array() override { open_.pop_back(); }

  Json root;
  std::size_t literals = 0;

 private:
  Json& place() {
    if (open_.empty()) return root;
    Json& parent = *open_.back();
    if (parent.is_object()) return parent[name_];
    parent.push_back(nullptr);
    return parent.back();
  }
  bool put(Json value) {
    place() = std::move(value);
    return true;
  }
  bool open(Json value) {
    Json& here = place();
    here = std::move(value);
    open_.push_back(&here);
    return true;
  }
  std::string name_;
  std::vector<Json*> open_;
};

// With each literal as null, which is all that a stream tells of it; how many there were.
std::size_t without_literals(Json& json) {
  if (json.is_null() || json.is_boolean()) {
    json = nullptr;
    return 1;
  }
  std::size_t count = 0;
  if (json.is_structured()) {
    for (Json& child : json) count += without_literals(child);
  }
  return count;
}

bool beyond_bounds(const Json& json, int depth) {
  if (json.is_number_float() || (json.is_object() && json.size() > kJsonMembersMax)) return true;
  if (!json.is_structured()) return false;
  return depth >= kJsonDepthMax - 1 || std::ranges::any_of(json, [&](const Json& child) {
           return beyond_bounds(child, depth + 1);
         });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  Tree tree;
  const bool taken = read_json(text, tree);
  const bool whole = all_is_read_as_json(text);
  Json json = whole ? Json::parse(text, nullptr, /*allow_exceptions=*/false)
                    : Json(Json::value_t::discarded);
  if (taken) {
    fuzz::require(!json.is_discarded());
    fuzz::require(without_literals(json) == tree.literals && json == tree.root);
  } else if (!json.is_discarded() && !beyond_bounds(json, 0)) {
    fuzz::require(!parse_json_object("{\"\":" + text + "}"));  // a member named twice
  }
  return 0;
}
