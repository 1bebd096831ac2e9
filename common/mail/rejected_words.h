// A refused message in the reject log: its envelope and its headers, a line each (manual 53.1).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"
#include "common/mail/header_list.h"

namespace gp::mail {

std::string envelope_words(std::string_view sender, const std::vector<Recipient>& recipients);
std::string envelope_words(std::string_view sender, const std::vector<std::string>& recipients);
// `old`: which of them, from 0 and in order, an edited one behind them has replaced; they have a *.
std::string headers_words(std::string_view headers, std::span<const std::uint32_t> old = {});
// Of a message whose headers are too long: "overlong message header line received from CLIENT (more than …
// characters): message abandoned".
std::string abandoned_words(Overlong why, std::uint64_t limit, std::string_view client);

}
