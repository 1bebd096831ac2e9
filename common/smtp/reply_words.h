// A server's reply as text, "550-5.1.1 no\n550 really", without the codes.
#pragma once

#include <string>
#include <string_view>

namespace gp::smtp {

std::string without_codes(std::string_view reply);

}
