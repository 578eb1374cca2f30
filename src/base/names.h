// The names of an enumeration's values, both ways, from one table.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace tokctl {

// names[i] is the name of the value i, as a database, a script and a person see it.
template <typename Enum, std::size_t N>
class Names {
 public:
  template <typename... Name>
  constexpr explicit Names(Name... names) : names_{names...} {}

  // Throws std::out_of_range for a value that the enumeration does not have.
  constexpr std::string_view operator[](Enum value) const {
    return names_.at(static_cast<std::size_t>(value));
  }

  constexpr std::optional<Enum> find(std::string_view name) const {
    for (std::size_t i = 0; i < N; ++i) {
      if (names_[i] == name) return static_cast<Enum>(i);
    }
    return std::nullopt;
  }

 private:
  std::array<std::string_view, N> names_;
};

// constexpr auto kNames = names_of<Colour>("red", "green");
template <typename Enum, typename... Name>
constexpr auto names_of(Name... names) {
  return Names<Enum, sizeof...(Name)>(names...);
}

}  // namespace tokctl
