#include "conf/params/queue.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = Queue;

// clang-format off
const config::Param<M> rows[] = {
    {"queue_only", &M::queue_only, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether nothing is delivered at once: messages wait for the next queue run."},
    {"queue_only_override", &M::queue_only_override, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether -odi and its kind on a command line win over queue_only."},
    {"queue_only_file", &M::queue_only_file, Type::string_list, Use::literal, nullptr, Standing::supported,
     "Files whose existence does what queue_only does; of one written as smtp/…, for deliveries by SMTP alone."},
    {"queue_only_load", &M::queue_only_load, Type::fixed_point, Use::literal, nullptr, Standing::supported,
     "A system load above which messages wait for the next queue run."},
    {"queue_only_load_latch", {}, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether all further messages of a connection wait when one has waited because of queue_only_load."},
    {"deliver_queue_load_max", {}, Type::fixed_point, Use::literal, nullptr, Standing::supported,
     "A system load above which a queue run stops."},
    {"queue_domains", &M::queue_domains, Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Domains whose mail waits for the next queue run."},
    {"queue_smtp_domains", &M::queue_smtp_domains, Type::domain_list, Use::expanded,
     nullptr, Standing::supported,
     "Domains which are routed at once, but whose remote deliveries wait for the next queue run."},
    {"hold_domains", &M::hold_domains, Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Domains whose mail is held until this list changes."},
    {"queue_run_max", &M::queue_run_max, Type::integer, Use::expanded, "5", Standing::supported,
     "How many queue runs may be under way at once."},
    {"queue_run_in_order", &M::queue_run_in_order, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a queue run takes messages in the order of their arrival."},
    {"queue_fast_ramp", {}, Type::boolean, Use::literal, "true", Standing::moot,
     "The queue manager always knows what is due; there is no slow start to shorten."},
    {"auto_thaw", &M::auto_thaw, Type::time, Use::literal, "0s", Standing::supported,
     "After this time a frozen message that is no bounce is tried again; 0s is never."},
    {"timeout_frozen_after", &M::timeout_frozen_after, Type::time, Use::literal, "0s", Standing::supported,
     "After this time a frozen message is given up; 0s is never."},
    {"ignore_bounce_errors_after", &M::ignore_bounce_errors_after, Type::time, Use::literal,
     "10w", Standing::supported,
     "After this time an undeliverable bounce is thrown away, and not frozen any longer."},
    {"retry_data_expire", &M::retry_data_expire, Type::time, Use::literal, "1w", Standing::supported,
     "What is known of a failing host or address is forgotten after this time."},
    {"retry_interval_max", &M::retry_interval_max, Type::time, Use::literal, "1d", Standing::supported,
     "The longest time between two tries, whatever the retry rules say."},
    {"delay_warning", &M::delay_warning, Type::time_list, Use::literal, "1d", Standing::supported,
     "When the sender is told that a message is still waiting: a list of times since its arrival. 0s is "
     "never."},
    {"delay_warning_condition", &M::delay_warning_condition, Type::string, Use::expanded,
     "${if or {{ !eq{$h_list-id:$h_list-post:$h_list-subscribe:}{} }{ "
     "match{$h_precedence:}{(?i)bulk|list|junk} }{ "
     "match{$h_auto-submitted:}{(?i)auto-generated|auto-replied} }} {no}{yes}}", Standing::supported,
     "Whether that is told for this message."},
    {"receive_timeout", &M::receive_timeout, Type::time, Use::literal, "0s", Standing::supported,
     "How long a local program may be silent while it hands in a message; 0s is no limit."},
    {"remote_sort_domains", {}, Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "The order in which the remote deliveries of one message are tried."},
    {"move_frozen_messages", {}, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether messages that are frozen when they cannot be delivered move to the named queue F (or F and the name of "
     "theirs), which mailq does not list and queue runs do not touch."},
    {"keep_malformed", {}, Type::time, Use::literal, "4d", Standing::moot,
     "The spool holds no files that could be malformed; a damaged record is reported when it is met."},
    {"message_logs", {}, Type::boolean, Use::literal, "true", Standing::moot,
     "There are no message logs in files; -Mvl takes a message's lines from the main log."},
    {"preserve_message_logs", {}, Type::boolean, Use::literal, "false", Standing::moot,
     "The main log keeps what message logs would hold; -Mvl shows it of finished messages, too."},
    {"split_spool_directory", {}, Type::boolean, Use::literal, "false", Standing::moot,
     "The spool is a log of segments and not a folder of files."},
    {"spool_wireformat", {}, Type::boolean, Use::literal, "false", Standing::moot,
     "The spool has one form of its own."},
};
// clang-format on

}

std::span<const config::Param<Queue>> Queue::params()
{
    return rows;
}

}
