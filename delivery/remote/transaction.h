// One message over one session: MAIL, the RCPTs, the message, and what the server says to each.
//
// What goes out in how many writes, with PIPELINING (RFC 2920) and CHUNKING (RFC 3030) as offered:
//   both, small message     MAIL RCPT… BDAT n LAST <message>                          1
//   both, large message     MAIL RCPT…  |  BDAT n LAST <message>                      2 and more
//   pipelining              MAIL RCPT… DATA  |  <message> .                           2 and more
//   neither                 MAIL | RCPT | … | DATA | <message> .
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/mail/envelope.h"
#include "delivery/remote/client_session.h"
#include "delivery/remote/message_content.h"

namespace gp::remote {

struct Addressee {
    std::string address;
    std::uint32_t notify = 0;
    std::string orcpt;
    std::size_t target = 0; // the caller's number
};

struct Letter {
    const MessageContent& content;
    std::string sender;
    std::uint64_t size = 0; // as the spool has it: SIZE=
    mail::BodyType body = mail::BodyType::seven_bit;
    bool smtputf8 = false;
    mail::DsnReturn dsn_return = mail::DsnReturn::unset;
    std::string dsn_envid;
    std::string authenticated_sender;
    bool dsn_lasthop = false;
    // The transport's filter, run once the server wants the message; what it made lives as long as the transaction.
    std::function<Result<const MessageContent*>(const std::vector<Addressee>&)> filter;
    bool is_signed = false; // with DKIM
    bool requires_tls = false; // REQUIRETLS, to a host that offers it
    bool all_or_none = false; // the message goes out when every recipient was accepted, and else the first refusal is for all
};

// What became of one addressee. `trouble` is told unless it was delivered.
struct Fortune {
    enum class What { delivered, failed, deferred };
    What what = What::deferred;
    Trouble trouble;
    bool is_culprit = false;  // the trouble is about this very address, and not one that it shares
    std::string confirmation; // the server's words: lines separated by \n
    unsigned smtp_code = 0;
    bool dsn_relayed = false;
};

struct TransactionResult {
    std::vector<Fortune> fortunes; // in the order of the addressees
    bool chunking = false, pipelining = false;
    bool prdr = false;             // there was a reply for each recipient after the data
    bool answered = false;         // the server said anything at all
    bool message_sent = false;     // with its last octet: the server may have taken it, whatever it said
    bool turned_away = false;      // 421 before the transaction began: the host ends the connection
    bool leaves_politely = false;  // it is of no use, but a QUIT is due
    bool session_usable = true;
    bool to_be_repeated = false;   // over another connection: the host did not say what was relied on, and nothing was sent

    // RFC 5321 section 4.5.3.1.10: "452 Too many recipients" means that those go with another copy; over the same
    // connection, where the first copy was taken.
    bool has_room_next_time(std::size_t index) const;
};

class Transaction {
public:
    // Called before the octets go out that may complete the message.
    // An error: the outcome could not be recorded; nothing may be finished now.
    using Finishing = std::function<Status(std::span<const std::size_t> targets)>;

    Transaction(ClientSession& session, const Conditions& conditions, const Letter& letter, Finishing finishing);
    TransactionResult run(const std::vector<Addressee>& addressees);
    // The server has accepted the sender and all of these already: DATA is next.
    TransactionResult go_on(const std::vector<Addressee>& addressees);

private:
    using Reply = std::variant<ServerReply, Trouble>;
    enum class State { asked, accepted, settled };

    // Each part tells whether the conversation goes on; when not, everybody's fortune is settled.
    bool check_letter();
    bool catch_up();
    bool in_one_group();
    bool one_by_one();
    bool begin_data(bool pipelined);
    bool ask_for_data();
    bool all_are_wanted();
    const MessageContent* filtered();
    bool send_message();
    void read_verdicts();
    void read_each(const Place& place);
    void deliver(std::size_t index, const ServerReply& answer, std::string confirmation);

    std::string group() const;
    std::string mail_command() const;
    std::string rcpt_command(const Addressee& addressee) const;
    bool take_reset_reply();
    bool take_mail_reply(bool pipelined);
    bool take_rcpt_reply(std::size_t index, bool pipelined);
    void take_verdict(std::size_t index, const Reply& reply, const Place& place);
    void tell_of_deferral(std::size_t index, const Trouble& trouble);
    bool skip_reply(Step step);
    Reply expect(const Place& place);
    Status write(std::string_view octets, Duration patience);

    void settle(std::size_t index, const Trouble& trouble, bool is_culprit);
    void settle_all(const Trouble& trouble);                            // who is not settled yet
    void lose(const Trouble& trouble, std::size_t culprit = nobody);    // and the session with them
    std::size_t accepted() const;
    Status tell_finishing();
    static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

    ClientSession& session_;
    const Conditions& conditions_;
    const Letter& letter_;
    Finishing finishing_;
    const std::vector<Addressee>* addressees_ = nullptr;
    std::vector<State> states_;
    TransactionResult result_;
    bool message_in_group_ = false;
    bool asks_for_prdr_ = false;
    bool mail_refused_ = false;
    std::uint64_t written_ = 0; // octets of the message
};

}
