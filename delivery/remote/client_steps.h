// The steps of a client's conversation as a table: what a server must answer, how long it may take, and whose fault a
// failure is (manual 49.2). The words of all errors are made here, as Exim's log has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/duration.h"
#include "delivery/remote/options.h"

namespace gp::remote {

enum class Step { connection, ehlo, helo, starttls, auth, rset, mail, rcpt, data, block, end_of_data, quit };

// Whose fault an error is, and so what is tried again later: the host, this message to this host, one recipient; or
// our own, such as an option that cannot be obeyed.
enum class Fault { host, message, recipient, ours };

struct StepRow {
    Step step;
    std::string_view name;       // in error texts; empty: the command line itself
    char expects;                // first digit of a good reply
    Duration SmtpOptions::* timeout;
    Fault refused;               // by a 4xx or 5xx reply
    Fault timed_out;
    Fault lost;                  // the connection
    std::string_view retry_word; // of retry rules, for 4xx replies
};

const StepRow& row_of(Step step);

// A reply as it came: its code and its lines, which hold what the server likes.
struct ServerReply {
    unsigned code = 0;
    std::vector<std::string> lines; // codes taken off
    char kind() const { return code == 0 ? '0' : static_cast<char>('0' + code / 100); }
    std::string enhanced() const;   // "5.7.1", or empty
    // With the code before each line, lines parted by `separator`; escaped, and at most max_text octets.
    std::string text(std::string_view separator) const;
    static constexpr std::size_t max_text = 4 * 1024;
};

// Why a conversation, or one recipient's part of it, did not go on.
struct Trouble {
    Fault fault = Fault::host;
    bool permanent = false;
    bool connection_lost = false; // or in a state that nobody knows: not to be used again
    bool leaves_politely = false; // connection_lost, but the host hears a QUIT
    bool connected = true;        // false: there never was a connection, and so nobody said anything
    std::string text;             // for the address: "SMTP timeout after initial connection"
    std::string error_name;       // word of the retry rules; empty: none fits
    std::int32_t error_number = 0; // as in "defer (-18)": errno, or Exim's own negative ones
    unsigned smtp_code = 0;
    std::string enhanced;

    // For the host's own log line: a system error's words follow.
    std::string host_text() const;
};

// Exim's numbers for what is no system error.
// error_event: event_action did not want the connection.
inline constexpr std::int32_t error_event = -1, error_smtp_closed = -18, error_smtp_format = -19, error_filter = -24, error_tls_failed = -37,
                              error_tls_required = -38, error_auth_failed = -42, error_rcpt_4xx = -44, error_mail_4xx = -45, error_data_4xx = -46,
                              error_auth_problem = -48; // an authenticator of ours could not say its part

// Where in the conversation something went wrong.
struct Place {
    Step step = Step::connection;
    std::string command;    // without CRLF; empty where the row has a name
    bool pipelined = false; // it went out in a group
    std::string_view protocol = "SMTP";
    bool from_mx = false;

    std::string text() const; // "pipelined DATA", "RCPT TO:<a@b>", "initial connection"
};

Trouble refused(const Place& place, const ServerReply& reply);
Trouble timed_out(const Place& place);
Trouble closed(const Place& place);
Trouble malformed(const Place& place, std::string_view line);

}
