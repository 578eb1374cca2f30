#include "cache/marks.h"

#include <catch2/catch.hpp>

namespace tokctl::cache {
namespace {

Point point(std::int64_t seq, std::uint64_t history = 1) {
  return {.seq = seq, .mac = static_cast<std::uint64_t>(seq) * 1000 + history};
}
Word word(std::int64_t seq, Reach reach, const std::string& id = "") {
  return {.point = point(seq), .reach = reach, .id = id};
}
struct Made : Entry {
  Made(const Point& at, const std::string& id, const std::string& user) {
    read_at = at;
    principal.id = id;
    principal.public_id = user;
  }
};
void begin(Marks& marks, const Point& floor) {
  marks.reset();
  marks.begin(floor);
}
bool admits(const Marks& marks, const Point& at, const std::string& id = "t",
            const std::string& user = "u") {
  return marks.admits(Made(at, id, user));
}

TEST_CASE("marks: what was read before the word that ended it is not admitted") {
  Marks marks;
  begin(marks, point(10));
  marks.apply({word(11, Reach::kNothing), word(12, Reach::kToken, "t"), word(13, Reach::kNothing)},
              Seconds(0));
  CHECK(marks.point() == point(13));
  CHECK_FALSE(admits(marks, point(9)));
  CHECK_FALSE(admits(marks, point(10)));
  CHECK_FALSE(admits(marks, point(11)));
  CHECK(admits(marks, point(12)));
  CHECK(admits(marks, point(13)));
  CHECK(admits(marks, point(10), "other"));

  marks.apply({word(14, Reach::kUser, "u")}, Seconds(0));
  CHECK_FALSE(admits(marks, point(13)));
  CHECK_FALSE(admits(marks, point(13), "other"));
  CHECK(admits(marks, point(13), "other", "v"));
  CHECK(admits(marks, point(14)));

  marks.apply({word(15, Reach::kAll)}, Seconds(0));
  CHECK_FALSE(admits(marks, point(14), "other", "v"));
  CHECK(admits(marks, point(15)));
}

TEST_CASE("marks: a word about a key ends what is known of keys, and no verdict") {
  Marks marks;
  begin(marks, point(10));
  CHECK(marks.admits_keys(point(10)));
  CHECK_FALSE(marks.admits_keys(point(9)));
  CHECK_FALSE(marks.admits_keys(point(10, 2)));
  CHECK_FALSE(marks.admits_keys(point(11)));
  marks.apply({word(11, Reach::kToken, "t"), word(12, Reach::kKeys, "k")}, Seconds(0));
  CHECK_FALSE(marks.admits_keys(point(11)));
  CHECK(marks.admits_keys(point(12)));
  CHECK(admits(marks, point(11)));
  marks.apply_own({word(14, Reach::kKeys, "l")});
  CHECK_FALSE(marks.admits_keys(point(12)));
  marks.apply({word(13, Reach::kNothing), word(14, Reach::kKeys, "l"), word(15, Reach::kAll)},
              Seconds(1));
  CHECK_FALSE(marks.admits_keys(point(14)));
  CHECK(marks.admits_keys(point(15)));
  marks.sweep(Marks::kMemory + Seconds(1));
  CHECK_FALSE(marks.admits_keys(point(14)));
  CHECK(marks.admits_keys(point(15)));
  begin(marks, point(5));  // of an older database
  CHECK(marks.admits_keys(point(5)));
  CHECK_FALSE(marks.admits_keys(point(15)));
}

TEST_CASE("marks: what was said of an older database's successor is forgotten with it") {
  Marks marks;
  begin(marks, point(10));
  marks.apply({word(11, Reach::kToken, "t"), word(12, Reach::kUser, "u")}, Seconds(0));
  begin(marks, point(5, 2));
  CHECK(admits(marks, point(5, 2)));
  CHECK(admits(marks, point(5, 2), "t", "v"));
}

TEST_CASE("marks: one from another history, or from the future, is not admitted") {
  Marks marks;
  begin(marks, point(10));
  marks.apply({word(11, Reach::kNothing), word(12, Reach::kNothing)}, Seconds(0));
  CHECK(admits(marks, point(10)));
  CHECK_FALSE(admits(marks, point(10, 2)));
  CHECK_FALSE(admits(marks, point(11, 2)));
  CHECK_FALSE(admits(marks, point(12, 2)));
  CHECK_FALSE(admits(marks, point(13)));
  CHECK_FALSE(admits(marks, point(INT64_MAX)));
  CHECK_FALSE(admits(marks, point(-1)));
  CHECK_FALSE(admits(marks, point(INT64_MIN)));
  marks.apply({word(13, Reach::kNothing)}, Seconds(0));
  CHECK(admits(marks, point(13)));
}

TEST_CASE("marks: what this process committed counts before the log is read so far") {
  Marks marks;
  begin(marks, point(10));
  marks.apply_own({word(15, Reach::kToken, "t")});
  CHECK(marks.point() == point(10));
  CHECK_FALSE(admits(marks, point(10)));
  CHECK(admits(marks, point(10), "other"));
  for (std::int64_t seq = 11; seq < 15; ++seq) {
    marks.apply({word(seq, Reach::kNothing)}, Seconds(0));
    CHECK_FALSE(admits(marks, point(seq)));
  }
  marks.apply({word(15, Reach::kToken, "t")}, Seconds(0));
  CHECK(admits(marks, point(15)));
}

TEST_CASE("marks: what is forgotten raises the floor") {
  Marks marks;
  begin(marks, point(0));
  marks.apply({word(1, Reach::kToken, "t")}, Seconds(0));
  marks.apply({word(2, Reach::kNothing)}, Seconds(100));
  marks.sweep(Marks::kMemory - Seconds(1));
  CHECK_FALSE(admits(marks, point(0)));
  CHECK(admits(marks, point(0), "other"));
  marks.sweep(Marks::kMemory);
  CHECK_FALSE(admits(marks, point(0), "other"));
  CHECK(admits(marks, point(1), "other"));
  CHECK(admits(marks, point(1)));
  marks.sweep(Marks::kMemory + Seconds(100));
  CHECK_FALSE(admits(marks, point(1)));
  CHECK(admits(marks, point(2)));
  marks.sweep(Seconds(1'000'000));
  CHECK(admits(marks, point(2)));
  CHECK(marks.point() == point(2));
}

TEST_CASE("marks: memory is bounded") {
  Marks marks;
  begin(marks, point(0));
  const auto many = static_cast<std::int64_t>(Marks::kWordsMax) + 50;
  for (std::int64_t seq = 1; seq <= many; ++seq)
    marks.apply({word(seq, Reach::kNothing)}, Seconds(0));
  CHECK_FALSE(admits(marks, point(49)));
  CHECK(admits(marks, point(50)));
  CHECK(admits(marks, point(many)));
}

TEST_CASE("marks: a new beginning admits nothing of the old one") {
  Marks marks;
  begin(marks, point(10));
  marks.apply({word(11, Reach::kNothing)}, Seconds(0));
  begin(marks, point(5, 2));
  CHECK_FALSE(admits(marks, point(11)));
  CHECK_FALSE(admits(marks, point(5)));
  CHECK(admits(marks, point(5, 2)));
}

TEST_CASE("marks: what is committed while the log is first read counts") {
  Marks marks;
  begin(marks, point(3));
  marks.reset();
  CHECK_FALSE(admits(marks, point(3)));
  CHECK_FALSE(marks.admits_keys(point(3)));
  // The log was read up to the eleventh event before these.
  marks.apply_own(
      {word(12, Reach::kToken, "t"), word(13, Reach::kUser, "v"), word(14, Reach::kKeys)});
  marks.begin(point(10));
  marks.apply({word(11, Reach::kNothing)}, Seconds(0));
  CHECK_FALSE(admits(marks, point(11)));
  CHECK_FALSE(admits(marks, point(11), "other", "v"));
  CHECK_FALSE(marks.admits_keys(point(11)));
  CHECK(admits(marks, point(11), "other"));
  marks.reset();
  marks.apply_own({word(15, Reach::kAll)});
  marks.begin(point(14));
  CHECK_FALSE(admits(marks, point(14)));
}

}  // namespace
}  // namespace tokctl::cache
