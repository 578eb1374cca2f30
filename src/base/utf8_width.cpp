#include <algorithm>
#include <array>
#include <span>

#include "base/utf8.h"

namespace tokctl {
namespace {

struct Range {
  char32_t first, last;
};

// Marks that sit on the character before them, joiners and other characters without a width of
// their own.
constexpr auto kZeroWidth = std::to_array<Range>({
    {0x0300, 0x036F},    // combining diacritical marks
    {0x0483, 0x0489},    // Cyrillic
    {0x0591, 0x05BD},    // Hebrew points
    {0x05BF, 0x05C7},    //
    {0x0610, 0x061C},    // Arabic
    {0x064B, 0x065F},    //
    {0x0670, 0x0670},    //
    {0x06D6, 0x06DC},    //
    {0x06DF, 0x06E8},    //
    {0x06EA, 0x06ED},    //
    {0x0900, 0x0902},    // Devanagari
    {0x093A, 0x093A},    //
    {0x093C, 0x093C},    //
    {0x0941, 0x0948},    //
    {0x094D, 0x094D},    //
    {0x0951, 0x0957},    //
    {0x0E31, 0x0E31},    // Thai
    {0x0E34, 0x0E3A},    //
    {0x0E47, 0x0E4E},    //
    {0x1AB0, 0x1ACE},    // combining diacritical marks extended
    {0x1DC0, 0x1DFF},    // ... supplement
    {0x200B, 0x200F},    // zero-width space, joiners, directional marks
    {0x2028, 0x202E},    //
    {0x2060, 0x2069},    //
    {0x20D0, 0x20F0},    // ... for symbols
    {0x302A, 0x302D},    // CJK tone marks
    {0x3099, 0x309A},    // kana voicing marks
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFE20, 0xFE2F},    // half marks
    {0xFEFF, 0xFEFF},    // byte order mark
    {0x1F3FB, 0x1F3FF},  // skin tones
    {0xE0000, 0xE01EF},  // tags and more variation selectors
});

// East_Asian_Width W and F (UAX #11), neighbouring blocks run together.
constexpr auto kDoubleWidth = std::to_array<Range>({
    {0x1100, 0x115F},    // Hangul initial consonants
    {0x231A, 0x231B},    // watch, hourglass
    {0x23E9, 0x23EC},    //
    {0x23F0, 0x23F0},    //
    {0x23F3, 0x23F3},    //
    {0x25FD, 0x25FE},    //
    {0x2614, 0x2615},    //
    {0x2648, 0x2653},    // zodiac
    {0x267F, 0x267F},    //
    {0x2693, 0x2693},    //
    {0x26A1, 0x26A1},    //
    {0x26AA, 0x26AB},    //
    {0x26BD, 0x26BE},    //
    {0x26C4, 0x26C5},    //
    {0x26CE, 0x26CE},    //
    {0x26D4, 0x26D4},    //
    {0x26EA, 0x26EA},    //
    {0x26F2, 0x26F5},    //
    {0x26FA, 0x26FD},    //
    {0x2705, 0x2705},    //
    {0x270A, 0x270B},    //
    {0x2728, 0x2728},    //
    {0x274C, 0x274E},    //
    {0x2753, 0x2757},    //
    {0x2795, 0x2797},    //
    {0x27B0, 0x27BF},    //
    {0x2B1B, 0x2B1C},    //
    {0x2B50, 0x2B55},    //
    {0x2E80, 0x303E},    // CJK radicals and punctuation
    {0x3041, 0x4DBF},    // kana to CJK extension A
    {0x4E00, 0xA4CF},    // CJK ideographs, Yi
    {0xA960, 0xA97F},    // Hangul
    {0xAC00, 0xD7A3},    //
    {0xF900, 0xFAFF},    // CJK compatibility
    {0xFE30, 0xFE6F},    //
    {0xFF01, 0xFF60},    // full-width forms
    {0xFFE0, 0xFFE6},    //
    {0x16FE0, 0x1B2FF},  // Tangut, kana supplements
    {0x1F004, 0x1F004},  //
    {0x1F0CF, 0x1F0CF},  //
    {0x1F18E, 0x1F19A},  //
    {0x1F1E6, 0x1F320},  // flags, enclosed ideographs, emoji
    {0x1F32D, 0x1F64F},  //
    {0x1F680, 0x1F6FF},  //
    {0x1F7E0, 0x1F7EB},  //
    {0x1F900, 0x1F9FF},  //
    {0x1FA70, 0x1FAFF},  //
    {0x20000, 0x3FFFD},  // CJK extensions
});

constexpr bool sorted(std::span<const Range> ranges) {
  return std::ranges::is_sorted(ranges, {}, &Range::first);
}
static_assert(sorted(kZeroWidth) && sorted(kDoubleWidth), "searched by bisection");

bool in(std::span<const Range> ranges, char32_t code) {
  const auto above = std::ranges::upper_bound(ranges, code, {}, &Range::first);
  return above != ranges.begin() && code <= (above - 1)->last;
}

std::size_t width(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return 0;
  if (code < kZeroWidth.front().first) return 1;
  if (in(kZeroWidth, code)) return 0;
  return in(kDoubleWidth, code) ? 2 : 1;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t cells = 0;
  while (!text.empty()) {
    const auto code = take_code_point(text);
    cells += code ? width(*code) : 1;
  }
  return cells;
}

}  // namespace tokctl
