// What bin/sendmail says to submit over the instance's socket run/submit, and what a file in the drop
// directory holds. The caller is known by SO_PEERCRED (or by the file's owner), never by what it says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/claims.h"

namespace gp::submit {

inline constexpr std::size_t part_size = 64 * 1024;
inline constexpr std::string_view drop_magic = "GPDROP1\n"; // then u32 length, ipc::encode(Letter), octets

// The head of a message: what the command line said.
struct Letter : mail::Claims {
    static constexpr std::string_view name = "letter";
    static constexpr std::size_t max_size = 6 * 1024 * 1024; // fits into cleanup's Submit
    struct Reply {
        std::string id; // the message's id-to-be
        std::uint32_t receive_timeout = 0; // seconds within which the message must have come; 0: none
        static void fields(auto& self, auto&& field)
        {
            field("id", self.id);
            field("receive_timeout", self.receive_timeout);
        }
    };
    bool sender_given = false;           // -f, -r
    std::string sender;                  // as given; "<>" and "" are the null sender
    std::string full_name;               // -F
    bool extract_recipients = false;     // -t
    std::vector<std::string> recipients; // arguments, as given
    bool eight_bit = false;              // -B8BITMIME
    bool queue_only = false;             // -odq
    bool queue_smtp_only = false;        // -odqs
    std::string queue;                   // -MG QUEUE with -odq
    bool mail_errors = false;            // -oem, -oee: what is wrong is told in a mail
    bool dont_deliver = false;           // -N alone
    bool no_fixups = false;              // -G, of trusted callers
    bool no_qualifying = false;          // -bnq
    bool batched = false;                // -bS: P=local-bsmtp
    std::string helo;                    // and the name that its HELO gave
    std::string directory;               // in which the program stands
    std::vector<std::string> words;      // the whole command line, for log_selector +arguments
    std::uint32_t notify = 0;            // -N never|success,failure,delay: mail::Notify bits
    mail::DsnReturn dsn_return = mail::DsnReturn::unset; // -R hdrs|full
    std::string envid;                   // -V: ENVID of RFC 3461, in xtext
    static void fields(auto& self, auto&& field)
    {
        field("sender_given", self.sender_given);
        field("sender", self.sender);
        field("full_name", self.full_name);
        field("extract_recipients", self.extract_recipients);
        field("recipients", self.recipients);
        field("protocol", self.protocol);
        field("eight_bit", self.eight_bit);
        field("queue_only", self.queue_only);
        field("queue_smtp_only", self.queue_smtp_only);
        field("host_address", self.host_address);
        field("host_name", self.host_name);
        field("ident", self.ident);
        field("authenticator", self.authenticator);
        field("authenticated_id", self.authenticated_id);
        field("authenticated_sender", self.authenticated_sender);
        field("interface_address", self.interface_address);
        field("host_port", self.host_port);
        field("interface_port", self.interface_port);
        field("message_reference", self.message_reference);
        field("queue", self.queue);
        field("mail_errors", self.mail_errors);
        field("dont_deliver", self.dont_deliver);
        field("no_fixups", self.no_fixups);
        field("no_qualifying", self.no_qualifying);
        field("batched", self.batched);
        field("helo", self.helo);
        field("directory", self.directory);
        field("words", self.words);
        field("notify", self.notify);
        field("dsn_return", self.dsn_return);
        field("envid", self.envid);
    }
};

// The next octets of the message, as read from standard input (line ends of any kind).
struct Piece {
    static constexpr std::string_view name = "piece";
    static constexpr std::size_t max_size = part_size + 1024;
    struct Reply {
        static void fields(auto&, auto&&) {}
    };
    std::string octets;
    static void fields(auto& self, auto&& field) { field("octets", self.octets); }
};

// The end of the message. The reply comes when it is committed.
struct Finish {
    static constexpr std::string_view name = "finish";
    struct Reply {
        bool accepted = false;
        bool temporary = false;
        std::string id;
        std::string text; // the reason, lines separated by \n
        bool mailed = false; // a mail tells the sender
        std::string log_line; // the "<=" line, for -v
        bool is_over = false; // mua_wrapper: it was delivered, or nobody has it; nothing is in the queue
        static void fields(auto& self, auto&& field)
        {
            field("accepted", self.accepted);
            field("temporary", self.temporary);
            field("id", self.id);
            field("text", self.text);
            field("mailed", self.mailed);
            field("log_line", self.log_line);
            field("is_over", self.is_over);
        }
    };
    static void fields(auto&, auto&&) {}
};

}
