// The file maildirsize of Maildir++ (manual 26.7): how much a Maildir holds, kept by everybody who adds or removes,
// so that nobody has to count. Courier and Dovecot read and write the same file.
//
// Its first line is the quota ("10485760S,1000C"), each line after it what was added or removed. It is counted anew
// when it is missing, longer than 5,120 octets, says another quota, or says "full" and has several entries or is older
// than a quarter of an hour.
#pragma once

#include <string>

#include "common/lookup/regex.h"
#include "delivery/local/mailbox.h"

namespace gp::local {

// How files are counted: which directories, and where a name has the size in it.
struct CountRules {
    lookup::Regex directories; // maildir_quota_directory_regex, on names below the Maildir
    lookup::Regex size_in_name; // quota_size_regex; unset: the file is asked
    static Result<CountRules> read(const Options& options);
};

// One file, by its name or its size. Its links share it.
Status count_file(const std::string& path, std::string_view name, const CountRules& rules, Usage& usage);
// Everything below a directory that counts.
Result<Usage> count_maildir(const std::string& path, const CountRules& rules);

// Everything below a directory, whatever its name; how a Maildir without a size file is counted, too (manual 26.2).
Result<Usage> count_tree(const std::string& path, const CountRules& rules);

struct MaildirQuota {
    std::int64_t octets = 0, files = 0; // 0: no limit
};

class MaildirSize {
public:
    // Reads the file of this Maildir, or makes it: also where a message of `coming` octets would be too much, for others
    // may have removed mail without telling (as Courier does it).
    static Result<MaildirSize> open(const std::string& maildir, const MaildirQuota& quota, const CountRules& rules, std::int64_t coming);
    const Usage& usage() const { return usage_; }
    // One more message of this size.
    Status add(std::int64_t octets);

private:
    std::string path_;
    Usage usage_;
};

}
