// The tables of all options: the main ones, and for each driver its generic and private ones together.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "common/config/macros.h"
#include "common/config/param.h"

namespace gp::conf {

enum class DriverClass : std::uint8_t { router, transport, authenticator };
std::string_view class_name(DriverClass kind); // "router" …

// What a driver can be set up with.
struct DriverKind {
    std::string_view name; // "accept"
    config::Standing standing;
    const config::Table* table;                  // generic and private rows
    std::span<const config::Option> private_rows;
};

const config::Table& main_table();
// In order of name.
std::span<const DriverKind> driver_kinds(DriverClass kind);
const DriverKind* driver_kind(DriverClass kind, std::string_view name); // null: no such driver
std::span<const config::Option> generic_rows(DriverClass kind);

// The built-in macros _HAVE_…, _OPT_…, _DRIVER_… and so on (manual 6.9), made from the rows.
void add_built_in_macros(config::Macros& macros);

}
