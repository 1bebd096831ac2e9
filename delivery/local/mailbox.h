// What mbox and Maildir have in common: where the mailbox is, its directories, its quota.
#pragma once

#include <cstdint>
#include <string>

#include "delivery/local/job.h"

namespace gp::local {

struct Place {
    std::string path;       // of the file, or of the directory
    bool is_directory = false;
    bool is_maildir = false;
    bool is_mailstore = false;
};

// From the options file and directory, or from the address itself when redirection named a file.
Result<Place> mailbox_place(const Job& job);

// Makes a directory and what is missing above it (create_directory, directory_mode, create_file), for the file that
// an error names.
Status ensure_directory(const Job& job, const std::string& path, const std::string& for_whom = {});
// create_file = anywhere, belowhome, inhome, or a directory.
Status check_place_for_creation(const Job& job, const std::string& path);

// The directory that exists and is nearest to `path`: where the child's rights begin.
std::string nearest_existing(std::string path);

// quota and quota_filecount; "no_check" among what follows a slash keeps count and refuses nothing.
struct Quota {
    std::int64_t octets = 0, files = 0;
    bool octets_checked = true, files_checked = true;
};
Result<Quota> quota_of(const Options& options);

struct Usage {
    std::int64_t octets = 0, files = 0;
};
// quota, quota_filecount, quota_is_inclusive: an error with cause no_space when this message does not fit into `file`.
Status check_quota(const Job& job, const Usage& usage, std::int64_t size, std::string_view file);

// What a delivery came to that has no room: how long nobody has read the mailbox is in its name ("quota_90000s"), for
// retry rules (manual 32.5). Of a file its last access tells, of a Maildir the last change of `new`.
enum class Mailbox { file, maildir };
delivery::Outcome outcome_of(const Error& error, Mailbox kind, const std::string& path);

// Flushes a directory's names to the disk.
Status sync_directory(const std::string& path);

}
