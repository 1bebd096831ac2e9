// One client, from the greeting to the end: phase, who it is, the current transaction.
//
// Runs on a fiber of its own and reads from top to bottom. Knows no socket: a Stream, and router and
// cleanup behind Reception; so its unit test is a transcript. Handlers of commands are in commands/; each
// returns the reply and has done the work.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cleanup/protocol.h"
#include "common/mail/address_parser.h"
#include "common/mail/rewrite_path.h"
#include "common/smtp/chunk.h"
#include "common/smtp/command_line.h"
#include "common/smtp/dot_stream.h"
#include "common/smtp/extension.h"
#include "smtpd/command_table.h"
#include "smtpd/connect.h"
#include "smtpd/dialogue.h"
#include "smtpd/milters.h"
#include "smtpd/patience.h"
#include "smtpd/policy.h"
#include "smtpd/trace.h"
#include "smtpd/transaction.h"

namespace gp::tls {
class TlsStream;
}

namespace gp::router {
struct StartAtrnReply;
}

namespace gp::smtpd {

class Intake;

class Session {
public:
    // `stream` is the client's, in clear, and outlives the session.
    Session(event::Stream& stream, Client client, Reception& reception);
    ~Session();

    void run();

    // Handlers, named in command_table.cpp.
    smtp::Reply helo(std::string_view argument);
    smtp::Reply ehlo(std::string_view argument);
    smtp::Reply lhlo(std::string_view argument);
    smtp::Reply starttls(std::string_view argument);
    smtp::Reply auth(std::string_view argument);
    smtp::Reply mail(std::string_view argument);
    smtp::Reply rcpt(std::string_view argument);
    smtp::Reply data(std::string_view argument);
    smtp::Reply bdat(std::string_view argument);
    smtp::Reply rset(std::string_view argument);
    smtp::Reply noop(std::string_view argument);
    smtp::Reply quit(std::string_view argument);
    smtp::Reply help(std::string_view argument);
    smtp::Reply vrfy(std::string_view argument);
    smtp::Reply expn(std::string_view argument);
    smtp::Reply etrn(std::string_view argument);
    smtp::Reply atrn(std::string_view argument);
    smtp::Reply wellknown(std::string_view argument);
    smtp::Reply xclient(std::string_view argument);
    smtp::Reply xforward(std::string_view argument);

private:
    // How a session ends; decides what is said and logged last.
    enum class Ending {
        none, quit, dropped, lost, lost_in_data, timed_out, data_timed_out, tls_failed, refused, bad_commands, out_of_sync,
        too_many_errors, turned
    };

    // session.cpp: the life of a session
    bool open();
    bool start_tls_on_connect();
    bool greet();
    bool admit();
    bool may_have_another();
    Status learn_greeting();
    smtp::Reply banner() const;
    bool refuse_connection(const Decision& decision);
    bool has_place();
    bool close_down(const smtp::Reply& reply);
    bool read_command();
    bool check_line(const event::Line& line);
    void execute(std::string_view line);
    smtp::Reply dispatch(std::string_view line);
    smtp::Reply unknown_command();
    smtp::Reply run_command(const Command& command, std::string_view argument);
    bool may_be_followed(const Command* command) const;
    bool waits_its_turn(const Command* command);
    const Command* known_command(std::string_view verb) const;
    bool says_hello_early(std::string_view early) const;
    bool bears_nonmail(const Command& command);
    void note_command(std::string_view verb);
    smtp::Reply told(const Decision& decision, std::string_view what, unsigned usual);
    void close();
    const std::string& our_name() const; // in replies
    std::string ask_at_end(router::Phase phase); // what the client is to hear, or nothing
    std::string parting_words(std::string usual);   // of a session that ends without QUIT (manual 44.11)
    event::Deadline input_deadline() const;
    std::string duration() const;

    // errors of the client: logged, counted, and the last straw ends the session
    smtp::Reply syntax_error(unsigned code, std::string enhanced, std::string text, std::string_view logged);
    smtp::Reply protocol_error(std::string text, unsigned code = 503);
    smtp::Reply expected_error(std::string text); // of a pipelining client, not counted
    smtp::Reply count_error(smtp::Reply reply);
    bool bears_error(); // false: that was one too many, which is logged, and the session ends
    void end(Ending ending) { ending_ = ending_ == Ending::none ? ending : ending_; }

    // policy
    router::Ask question(router::Phase phase, std::string argument);
    Decision judge(router::Phase phase, std::string argument, router::Verdict otherwise = router::Verdict::accept,
                   bool in_any_case = false);
    bool is_qualified_for() const { return origin_.local && !(program_ && program_->no_qualifying); } // bare addresses get a domain
    bool makes_wait(router::Phase phase) const; // the verdict may
    bool is_on(std::string_view control) const; // a control of the session: "no_delay_flush"
    void obey(const Decision& decision); // delay, drop
    void wait_for(Duration time, std::string_view who_asks) const;
    smtp::Reply in_few_lines(smtp::Reply refusal, std::string_view line) const;
    void raise(std::string_view event, std::string_view data) const; // events.cpp: to event_action
    void slow_down(const SlowDown& rule, std::uint32_t count);
    // Refused: logs and gives the reply; accepted: nothing.
    std::optional<smtp::Reply> refusal(const Decision& decision, std::string_view what);

    // commands/hello.cpp
    smtp::Reply hello(std::string_view verb, std::string_view argument, bool extended);
    bool bears_our_name(std::string_view argument) const;
    smtp::Extensions offered_extensions() const;
    smtp::Reply hello_reply(const smtp::Extensions* extensions) const;
    void set_protocol();

    // commands/mail.cpp
    std::optional<smtp::Reply> mail_out_of_turn();
    std::optional<smtp::Reply> too_big(const smtp::MailParameters& parameters, std::string_view sender);
    std::uint64_t size_limit() const;
    smtp::Extensions understood_extensions() const;
    std::vector<smtp::Parameter> counting(std::vector<smtp::Parameter> parameters) const;
    mail::AddressRules address_rules() const;
    Result<std::string> path_of(std::string_view sent);
    smtp::Reply requiretls_out_of_place();
    smtp::Reply path_error(std::string_view path, const std::string& why);

    // commands/rcpt.cpp
    std::optional<smtp::Reply> no_room_for_recipient(const mail::Recipient& recipient, bool counted);
    smtp::Reply refuse_recipient(smtp::Reply reply, bool is_temporary);

    // commands/data.cpp and bdat.cpp: the message
    std::optional<smtp::Reply> refused_data();
    std::optional<smtp::Reply> no_recipients(std::string_view verb);
    bool receive_dotted(Intake& intake, bool& has_bare);
    Result<std::string_view> next_block(std::size_t most, Intake& intake);
    smtp::Reply conclude(Intake& intake, bool has_bare);
    smtp::Reply refuse_message(Intake& intake, smtp::Reply reply, std::string why);
    smtp::Reply refuse_too_big(Intake& intake, std::string why);
    smtp::Reply lost_at_the_end(const Intake& intake);
    cleanup::LocalOptions local_options() const;
    bool asks_before_commit() const;
    smtp::Reply submit(Intake& intake);
    smtp::Reply reply_of(const cleanup::SubmitReply& answer, const std::string& id, const mail::Envelope& envelope);
    mail::Envelope envelope_for(const Intake& intake);
    bool ignores_from_line() const;
    void apply_command_line(mail::Envelope& envelope) const;
    std::string why_delivery_waits() const;
    void end_message();
    // LMTP: says what becomes of each recipient, the last one of them by what is returned.
    smtp::Reply told_to_each(smtp::Reply reply, const std::vector<bool>& kept);
    bool may_speak_for_others() const; // by XCLIENT
    std::string forwarded_words() const; // empty: nothing was said
    bool skip_octets(std::uint64_t count);
    bool skip_unwanted(std::string_view argument);
    bool receive_chunk(std::uint64_t size);
    bool speaks_in_turn(); // behind a chunk
    std::string_view where_lost(const Intake& intake) const;
    std::optional<smtp::Reply> bare_in_chunked_headers(Intake& intake);
    smtp::Reply chunk_received(const smtp::ChunkCommand& chunk);
    std::optional<smtp::Reply> bdat_out_of_turn();

    // commands/auth.cpp
    std::optional<smtp::Reply> auth_out_of_turn(std::string_view argument);
    smtp::Reply auth_ended(const router::Auth& question, const router::AuthReply& answer);
    std::optional<smtp::Reply> take_auth_parameter(const smtp::MailParameters& parameters, const std::string& sender);

    // commands/atrn.cpp
    std::optional<std::vector<std::string>> domains_in(std::string_view argument) const;
    Decision judged(router::StartAtrnReply& answer);
    void turn_around(OwnedFd octets, Duration longest);

    // commands/xclient.cpp: proxies in front of clients
    bool meet_proxy();

    // commands/starttls.cpp
    Status shake_hands();
    void tell_of_tls();

    // commands/mail.cpp: what a local program may say of itself
    std::optional<smtp::Reply> settle_sender(const std::string& sender);
    // A program's lines may end as lines of this machine do; a client's end in CR LF and in nothing else.
    bool refuses_bare_line_ends() const;
    smtp::BareLineEnd bare_line_ends() const;

    void abandon_transaction(std::string_view how);
    void reset_transaction();
    void forget_message_state();

    event::Stream& stream_;
    Reception& reception_;
    const Parameters& parameters_;
    mail::Origin origin_;
    const std::string connected_from_; // whatever a proxy says of the client
    bool local_lines_;
    const bool is_rehearsal_;
    std::optional<Program> program_; // bin/sendmail -bs
    std::optional<std::string> own_sender_; // of a program that may not say whose message it is
    bool tls_on_connect_, needs_login_;
    const bool is_lmtp_; // RFC 2033
    Trace trace_;
    Policy policy_;
    Milters milters_;
    Dialogue dialogue_;
    std::unique_ptr<tls::TlsStream> tls_;
    Patience patience_;

    std::shared_ptr<const router::GreetReply> greeting_; // shared where it is constant
    router::PolicyState state_;
    Phase phase_ = Phase::fresh;
    bool extended_ = false; // EHLO, not HELO
    bool said_ehlo_ = false; // likewise, and whether or not it was taken
    smtp::Extensions offered_;
    Transaction transaction_;

    // of the BDAT chunks of one message
    std::unique_ptr<Intake> intake_;
    smtp::ChunkReader chunk_reader_;
    std::uint64_t chunk_octets_ = 0;
    bool chunks_are_broken_ = false; // something else than BDAT came between them: RSET alone helps

    bool proxy_failed_ = false;              // a host of hosts_proxy that did not name its client
    bool is_xclient_proxy_ = false;          // it has spoken for others by XCLIENT before
    bool pipelined_ = false;                 // the client has sent commands in a group
    bool pipes_early_ = false;               // it has made use of PIPECONNECT
    std::array<std::string, 7> forwarded_;   // by XFORWARD, for the log: whose the next message is (commands/xforward.cpp)
    std::vector<smtp::Reply> each_reply_;    // of the message's recipients, where policy has judged them one by one
    bool mail_refused_ = false;              // by policy; a client that pipelines sends RCPT and DATA all the same
    std::string command_;                    // the line being executed, for logs
    std::vector<std::string_view> history_;  // the last verbs: C=
    std::string_view last_verb_;             // of the command before this one
    const Command* in_hand_ = nullptr;       // that is being executed
    bool is_greeted_ = false;                // the banner was sent
    std::string queue_of_session_;           // queue = NAME that was said before MAIL
    bool was_asked_at_end_ = false;          // acl_smtp_notquit has run
    std::string dropped_id_;                 // of the message at which the session was cut
    std::uint32_t rcpt_commands_ = 0;        // of one message
    std::uint32_t mail_commands_ = 0;
    std::uint32_t without_hello_ = 0; // MAIL where there should have been an EHLO
    std::uint32_t messages_accepted_ = 0;
    std::uint32_t auth_failures_ = 0;
    Ending ending_ = Ending::none;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

// What a client hears who cannot be served, before there is a session: "421 …".
void turn_away(event::Stream& stream, const std::string& text);

}
