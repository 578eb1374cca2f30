#include "http/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <nlohmann/json.hpp>
#include <string>

namespace tokctl::http {
namespace {

constexpr std::string_view kInternal =
    "internal error";  // its text is for programmers, and may quote

}  // namespace

struct Log::Sink {
  // The line is whole as it comes: it begins with its own braces' content, and the time is
  // spdlog's.
  Sink() : logger("tokctl", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_level(spdlog::level::trace);
    logger.set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)", spdlog::pattern_time_type::utc);
  }
  spdlog::logger logger;
};

Log::Log(LogLevel level) : level_(level), sink_(std::make_unique<Sink>()) {}
Log::~Log() = default;

void Log::write(LogLevel level, std::string_view event, Fields fields) noexcept {
  if (!says(level)) return;
  try {
    nlohmann::ordered_json line{{"level", kLogLevels[level]}, {"event", event}};
    for (const auto& [name, value] : fields) {
      std::visit([&, &key = name](const auto& known) { line[std::string(key)] = known; }, value);
    }
    const std::string text =
        line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    sink_->logger.log(spdlog::level::info, std::string_view(text).substr(1));
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    // There is no memory, and nowhere else to say so.
  }
}

void Log::write(LogLevel level, std::string_view event, const std::exception& error,
                std::string_view request_id) noexcept {
  const auto* known = dynamic_cast<const Error*>(&error);
  if (known == nullptr) {
    write(level, event, {{"request_id", request_id}, {"message", kInternal}});
    return;
  }
  write(level, event,
        {{"request_id", request_id},
         {"error", known->id()},
         {"message", std::string_view(known->what())},
         {"hint", known->hint()}});
}

}  // namespace tokctl::http
