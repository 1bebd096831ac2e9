// The packets of the milter protocol, version 6: u32 length (big-endian) of what follows, an octet that says what it
// is, the rest. sendmail's libmilter defines it; its header mfdef.h has these letters and bits.
//
// What comes from a milter is a stranger's word: lengths, texts and codes are checked here, and an answer that is not
// what the protocol says is an error that names it.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/result.h"
#include "common/event/stream.h"
#include "common/mail/milter.h"

namespace gp::scan {

inline constexpr std::uint32_t milter_version = 6;

// What a milter may ask to do with a message (SMFIF_…).
enum MilterAction : std::uint32_t {
    milter_add_headers = 0x01, milter_change_body = 0x02, milter_add_recipients = 0x04, milter_delete_recipients = 0x08,
    milter_change_headers = 0x10, milter_quarantine = 0x20, milter_change_sender = 0x40,
    milter_add_recipients_with_parameters = 0x80, milter_set_macros = 0x100,
};
inline constexpr std::uint32_t milter_all_actions = 0x1ff;

// What it does not want to hear (SMFIP_NO…), what it does not answer (SMFIP_NR_…), and habits of both.
enum MilterHabit : std::uint32_t {
    milter_no_connect = 0x01, milter_no_helo = 0x02, milter_no_mail = 0x04, milter_no_rcpt = 0x08, milter_no_body = 0x10,
    milter_no_headers = 0x20, milter_no_eoh = 0x40, milter_quiet_header = 0x80, milter_no_unknown = 0x100,
    milter_no_data = 0x200, milter_skips = 0x400, milter_quiet_connect = 0x1000, milter_quiet_helo = 0x2000,
    milter_quiet_mail = 0x4000, milter_quiet_rcpt = 0x8000, milter_quiet_data = 0x10000, milter_quiet_unknown = 0x20000,
    milter_quiet_eoh = 0x40000, milter_quiet_body = 0x80000, milter_leading_space = 0x100000,
};
// All of these; of the rest (refused recipients, larger pieces) nothing is offered.
inline constexpr std::uint32_t milter_all_habits = 0x1ff7ff;

struct MilterPacket {
    char code = 0;
    std::string body;
};
std::string milter_packet(char code, std::string_view body);
std::string milter_number(std::uint32_t number); // four octets
// Texts with a NUL behind each.
std::string milter_texts(const std::vector<std::string>& texts);

// Reads packets; not more than `most` octets altogether, until told to count anew.
class MilterReader {
public:
    MilterReader(event::Stream& stream, std::uint64_t most) : stream_(stream), most_(most) {}
    Result<MilterPacket> next(event::Deadline until);
    void count_anew() { octets_ = 0; }

private:
    Status need(std::size_t octets, event::Deadline until);

    event::Stream& stream_;
    const std::uint64_t most_;
    std::uint64_t octets_ = 0;
    std::string buffer_;
};

// What both agree on at the beginning.
struct MilterTerms {
    std::uint32_t actions = 0, habits = 0;
    // For a stage of SMFIM_…: the macros that the milter wants to hear, "i {auth_authen}".
    std::vector<std::pair<std::uint32_t, std::string>> macros;
};
std::string milter_offer();
Result<MilterTerms> read_milter_terms(const MilterPacket& packet);

struct MilterProgress {};
struct MilterSkip {}; // no more of the body is wanted
using MilterWord = std::variant<mail::MilterVerdict, mail::MilterChange, MilterProgress, MilterSkip>;
Result<MilterWord> read_milter_word(const MilterPacket& packet);
// The bits of MilterAction of which one is needed for it.
std::uint32_t actions_for(const mail::MilterChange& change);

}
