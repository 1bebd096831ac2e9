// Content as it was before it was encoded for transport, RFC 2045 section 6; what is broken is told, and the rest
// decoded all the same. Text comes out with LF line ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gp::scan {

class MimeDecoder {
public:
    // `encoding`: of Content-Transfer-Encoding, lower case. What is neither base64 nor quoted-printable stays as it is.
    explicit MimeDecoder(std::string_view encoding);
    // Pieces may be cut anywhere; what they become is appended to `out`.
    void add(std::string_view octets, std::string& out);
    void finish(std::string& out);

    // Exim's words: 0 nothing, 1 quoted-printable, 2 base64.
    int anomaly() const { return anomaly_; }
    std::string_view anomaly_text() const;

private:
    void add_plain(std::string_view octets, std::string& out);
    void add_base64(std::string_view octets, std::string& out);
    void flush_base64(std::string& out);
    void add_quoted(std::string_view octets, std::string& out);
    void quoted_line(std::string_view line, bool has_end, std::string& out);

    enum class Kind : std::uint8_t { plain, base64, quoted } kind_;
    int anomaly_ = 0;
    bool after_return_ = false;  // a CR that may belong to a line end
    std::uint32_t bits_ = 0;
    unsigned digits_ = 0;
    std::string line_;
};

}
