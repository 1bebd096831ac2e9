#include "conf/params/limits.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = Limits;

// clang-format off
const config::Param<M> rows[] = {
    {"message_size_limit", &M::message_size_limit, Type::string, Use::expanded, "50M", Standing::supported,
     "The largest message that is accepted; 0 is no limit. May differ by client."},
    {"header_maxsize", &M::header_maxsize, Type::integer, Use::literal, "1048576", Standing::supported,
     "The largest header section of a message, in octets."},
    {"header_line_maxsize", &M::header_line_maxsize, Type::integer, Use::literal, "0", Standing::supported,
     "The longest single header, with its continuation lines, in octets; 0 is no limit."},
    {"received_headers_max", &M::received_headers_max, Type::integer, Use::literal, "30", Standing::supported,
     "A message with more Received: headers than this is taken for one that loops."},
    {"recipients_max", &M::recipients_max, Type::integer, Use::expanded, "50000", Standing::supported,
     "The most recipients of one message; 0 is no limit."},
    {"recipients_max_reject", &M::recipients_max_reject, Type::boolean, Use::literal,
     "false", Standing::supported,
     "Whether the whole message is refused when it has too many recipients, and not only those beyond the "
     "limit."},
    {"check_spool_space", &M::check_spool_space, Type::space, Use::literal, "10M", Standing::supported,
     "With less free room than this on the spool's disk no message is accepted. A plain number counts in K."},
    {"check_spool_inodes", &M::check_spool_inodes, Type::integer, Use::literal, "100", Standing::supported,
     "With fewer free inodes than this on the spool's disk no message is accepted."},
    {"check_log_space", &M::check_log_space, Type::space, Use::literal, "10M", Standing::supported,
     "With less free room than this on the log's disk no message is accepted. A plain number counts in K."},
    {"check_log_inodes", &M::check_log_inodes, Type::integer, Use::literal, "100", Standing::supported,
     "With fewer free inodes than this on the log's disk no message is accepted."},
    {"message_body_visible", &M::message_body_visible, Type::size, Use::literal,
     "500", Standing::supported,
     "How much of a body's start and end the variables $message_body and $message_body_end hold."},
    {"message_body_newlines", &M::message_body_newlines, Type::boolean, Use::literal,
     "false", Standing::supported,
     "Whether those variables keep line ends, which are spaces otherwise."},
};
// clang-format on

}

std::span<const config::Param<Limits>> Limits::params()
{
    return rows;
}

}
