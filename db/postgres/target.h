// Which server, database and role a URL means, and how far the connection to it is protected.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tokctl::db::postgres {

struct Target {
  // For libpq, in this order: what the URL leaves open, the URL, what it may not change.
  std::vector<std::pair<std::string, std::string>> parameters;

  std::vector<std::string> names;  // of hosts, which have to be looked up

  // For messages, fit to be printed.
  std::string name;          // "the database tokctl at db.example.com"
  std::string server;        // "the PostgreSQL server db.example.com:5432"
  std::string role;          // "tokctl"
  std::string database;      // "tokctl"
  bool tls_refused = false;  // sslmode=disable
};

// Reads a URL as libpq does, with the environment, services and defaults that belong to it. What it
// says nothing about is made safe: TLS with the server's certificate and name verified when the
// server is on another host. Throws Error(kUsage, "db.url") for what libpq does not take.
Target read_target(std::string_view url, std::chrono::milliseconds timeout);

}  // namespace tokctl::db::postgres
