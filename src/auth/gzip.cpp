#include "auth/gzip.h"

#include <zlib.h>

#include <array>
#include <cstring>
#include <new>
#include <span>

#include "base/error.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;
constexpr int kGzip = 15 + 16;  // zlib.h: the largest window, with a gzip header

Bytef* bytes_of(const char* text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text)); }

}  // namespace

void throw_dump_damaged(const std::string& what) {
  throw Error(Code::kIntegrity, "dump.damaged", "the dump is damaged: " + what,
              "take another backup");
}

struct GzipWriter::Stream {
  z_stream z{};
  std::array<char, kPiece> out;
};

GzipWriter::GzipWriter(std::function<void(std::string_view)> out)
    : out_(std::move(out)), stream_(std::make_unique<Stream>()) {
  if (deflateInit2(&stream_->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::bad_alloc();
  }
}

GzipWriter::~GzipWriter() { deflateEnd(&stream_->z); }

void GzipWriter::append(std::string_view text) { run(text, Z_NO_FLUSH); }

void GzipWriter::finish() { run({}, Z_FINISH); }

void GzipWriter::run(std::string_view text, int flush) {
  z_stream& z = stream_->z;
  z.next_in = bytes_of(text.data());
  z.avail_in = static_cast<uInt>(text.size());
  do {
    z.next_out = bytes_of(stream_->out.data());
    z.avail_out = kPiece;
    deflate(&z, flush);
    out_({stream_->out.data(), kPiece - z.avail_out});
  } while (z.avail_out == 0);
}

struct GzipReader::Stream {
  z_stream z{};
  std::array<char, kPiece> in, out;
  std::size_t at = 0, end = 0;  // what of `out` is still to be given
  bool begun = false, ended = false;
};

GzipReader::GzipReader(ReadBytes read)
    : read_(std::move(read)), stream_(std::make_unique<Stream>()) {
  if (inflateInit2(&stream_->z, kGzip) != Z_OK) throw std::bad_alloc();
}

GzipReader::~GzipReader() { inflateEnd(&stream_->z); }

bool GzipReader::line(std::string& line) {
  line.clear();
  Stream& s = *stream_;
  for (;;) {
    const std::string_view rest(s.out.data() + s.at, s.end - s.at);
    const std::size_t newline = rest.find('\n');
    line.append(rest.substr(0, newline));
    if (line.size() > kLineMax) throw_dump_damaged("a line is too long");
    if (newline != std::string_view::npos) {
      s.at += newline + 1;
      return true;
    }
    if (!inflate_more()) {
      if (!line.empty()) throw_dump_damaged("it breaks off");
      return false;
    }
  }
}

// False at the end.
bool GzipReader::inflate_more() {
  Stream& s = *stream_;
  s.at = s.end = 0;
  while (s.end == 0) {
    if (s.z.avail_in == 0) {
      s.z.next_in = bytes_of(s.in.data());
      s.z.avail_in = static_cast<uInt>(read_(std::span<char>(s.in)));
      if (s.z.avail_in == 0 && s.ended) return false;
      if (s.z.avail_in == 0 && s.begun) throw_dump_damaged("it breaks off");
    }
    if (s.ended) throw_dump_damaged("something follows its end");
    s.z.next_out = bytes_of(s.out.data());
    s.z.avail_out = kPiece;
    const int code = inflate(&s.z, Z_NO_FLUSH);
    s.end = kPiece - s.z.avail_out;
    if (code == Z_STREAM_END) {
      s.ended = true;
    } else if (code == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      if (s.begun) throw_dump_damaged("it has been changed");
      throw Error(Code::kIntegrity, "dump.foreign", "this is no backup made by tokctl");
    }
    s.begun = true;
  }
  return true;
}

}  // namespace tokctl::auth
