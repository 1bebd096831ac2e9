// What the look-up types of data bases behind a server share: mysql, pgsql, redis, oracle, nisplus.
#pragma once

#include "common/lookup/lookup.h"

namespace gp::lookup {

// The error that ${quote_NAME knows no variant of itself such as the one given.
Error unrecognised_variant(std::string_view variant, std::string_view name);

// Manual 9.22: newline, tab, carriage return and backspace by letters; quotes and backslashes escaped, or
// single quotes doubled.
std::string sql_quoted(std::string_view words, bool doubles_single);

// The error of each look-up of a type that there is no module for: it is put off with a message that says so.
// Names and quoting rules of such a type are known, so that a text which uses them can be read.
Result<std::unique_ptr<Source>> no_module(std::string_view name);

}
