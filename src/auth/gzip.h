// Lines of text in and out of gzip (RFC 1952), piece by piece.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "model/text_input.h"

namespace tokctl::auth {

class GzipWriter {
 public:
  // `out` is given compressed bytes.
  explicit GzipWriter(std::function<void(std::string_view)> out);
  ~GzipWriter();

  void append(std::string_view text);
  // Once, after the last.
  void finish();

 private:
  struct Stream;
  void run(std::string_view text, int flush);
  const std::function<void(std::string_view)> out_;
  const std::unique_ptr<Stream> stream_;
};

class GzipReader {
 public:
  static constexpr std::size_t kLineMax = std::size_t{16} << 20;

  explicit GzipReader(ReadBytes read);
  ~GzipReader();

  // The next line, without its newline, which every line has. False at the end. Throws
  // Error(kIntegrity): "dump.foreign" when it is not gzip, "dump.damaged" when it breaks off, has
  // been changed, has more after its end or a line longer than kLineMax.
  bool line(std::string& line);

 private:
  struct Stream;
  bool inflate_more();
  const ReadBytes read_;
  const std::unique_ptr<Stream> stream_;
};

[[noreturn]] void throw_dump_damaged(const std::string& what);

}  // namespace tokctl::auth
