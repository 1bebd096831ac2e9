// A refused message in the reject log: its envelope and its headers, a line each (manual 53.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"

namespace gp::mail {

std::string envelope_words(std::string_view sender, const std::vector<Recipient>& recipients);
std::string headers_words(std::string_view headers);
// Of a message whose headers are too long, by what cleanup says of it ("text for the client\nwhat (more than …)"):
// "what received from CLIENT (more than …): message abandoned". Empty: `why` is nothing of that kind.
std::string abandoned_words(std::string_view why, std::string_view client);

}
