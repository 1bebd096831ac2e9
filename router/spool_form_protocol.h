// What router tells the queuefile transport beside its options, as options of these names.
#pragma once

#include <string_view>

namespace gp::router {

// A mail::Envelope with what is known of where the message came from; the delivery itself knows the rest.
inline constexpr std::string_view spool_envelope = "spool_envelope";
// There, when this is the first attempt to deliver the message.
inline constexpr std::string_view first_delivery = "first_delivery";

}
