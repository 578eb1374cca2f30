#include "cli/input.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "base/error.h"

namespace tokctl::cli {
namespace {

// A file to read from its beginning that nobody else sees.
class Text {
 public:
  explicit Text(const std::string& text) : file_(std::tmpfile()) {
    std::fwrite(text.data(), 1, text.size(), file_);
    std::fflush(file_);
    std::rewind(file_);
    ::lseek(fd(), 0, SEEK_SET);
  }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text() { std::fclose(file_); }
  int fd() const { return ::fileno(file_); }

 private:
  std::FILE* file_;
};

std::vector<std::string> lines(const std::string& text, std::size_t longest) {
  const Text file(text);
  LineReader reader(file.fd(), longest);
  std::vector<std::string> all;
  while (const auto line = reader.next()) all.emplace_back(*line);
  CHECK_FALSE(reader.next());
  return all;
}

TEST_CASE("lines come without their newline, the last one also when it has none") {
  CHECK(lines("", 10).empty());
  CHECK(lines("a", 10) == std::vector<std::string>{"a"});
  CHECK(lines("a\n", 10) == std::vector<std::string>{"a"});
  CHECK(lines("a\n\nb\r\n\n", 10) == std::vector<std::string>{"a", "", "b\r", ""});
  CHECK(lines(std::string("a\0b\nc", 5), 10) == std::vector<std::string>{{"a\0b", 3}, "c"});
}

TEST_CASE("a line that is too long comes cut, and the next one is whole") {
  CHECK(lines("12345\n123456\n1\n", 4) == std::vector<std::string>{"12345", "12345", "1"});
  // Around the size of the buffer, where a line is read in parts.
  for (const std::size_t size : {65535U, 65536U, 65537U, 131071U, 131072U, 131073U, 1000000U}) {
    const std::string text = "a\n" + std::string(size, 'x') + "\nb\n" + std::string(size, 'y');
    CHECK(lines(text, 9) == std::vector<std::string>{"a", "xxxxxxxxxx", "b", "yyyyyyyyyy"});
  }
}

TEST_CASE("lines that a buffer cuts in two are put together") {
  std::string text;
  std::vector<std::string> wanted;
  for (int i = 0; i < 5000; ++i) {
    wanted.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), 'z'));
    text += wanted.back() + "\n";
  }
  CHECK(lines(text, 200) == wanted);
}

TEST_CASE("a line is ready when it can be had without waiting") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  LineReader reader(ends[0], 10);
  CHECK_FALSE(reader.ready());
  REQUIRE(::write(ends[1], "a\nb\nc", 5) == 5);
  CHECK(reader.next() == "a");
  CHECK(reader.ready());
  CHECK(reader.next() == "b");
  CHECK_FALSE(reader.ready());
  ::close(ends[1]);
  CHECK(reader.next() == "c");
  CHECK_FALSE(reader.next());
  ::close(ends[0]);
}

TEST_CASE("all of an input loses one newline, and shows when it is too long") {
  CHECK(read_all(Text("secret\n\n").fd(), 100).reveal() == "secret\n");
  CHECK(read_all(Text("1234\n").fd(), 4).reveal() == "1234");
  CHECK(read_all(Text("12345").fd(), 4).size() == 5);
  CHECK(read_all(Text("12345\n").fd(), 4).size() == 5);
  CHECK(read_all(Text(std::string(100000, 'x')).fd(), 4).size() == 5);
  CHECK_THROWS_AS(read_all(-1, 4), Error);
}

}  // namespace
}  // namespace tokctl::cli
