// What the configuration tells spoold, in one block from master. Members have the names of main options;
// the two that Exim has keep its meaning and defaults, the rest are ours. Times are in seconds, sizes in
// octets.
#pragma once

#include <cstdint>
#include <string>

namespace gp::spoold {

struct Parameters {
    // With less room than this on the spool's disk no message is accepted; 0: not checked.
    std::int64_t check_spool_space = 10 * 1024 * 1024;
    std::int64_t check_spool_inodes = 100;
    // And with less than this on the log's.
    std::int64_t check_log_space = 10 * 1024 * 1024;
    std::int64_t check_log_inodes = 100;
    std::string log_directory;                   // empty: there are no log files
    std::uint32_t spool_space_interval = 5;      // between two looks at the disk
    // the log
    std::uint64_t spool_segment_size = 64 * 1024 * 1024;
    std::uint64_t spool_first_segment_size = 4 * 1024 * 1024; // of a fresh spool: it must be there at once
    std::uint32_t spool_spare_segments = 2;      // ready ahead of need
    std::uint32_t spool_kept_segments = 4;       // empty ones that are not given back to the file system
    std::uint64_t spool_batch_size = 8 * 1024 * 1024; // octets behind one barrier
    std::uint32_t spool_compact_below = 30;      // percent of what is used that must be alive
    std::uint32_t spool_compact_segments = 8;    // in use before anything is carried forward
    std::uint32_t spool_retry_interval = 10;     // after write errors have stopped the spool
    // bounds
    std::uint32_t spool_large_receptions = 1000; // large bodies that arrive at once
    std::uint32_t spool_pending = 20000;         // changes that wait for the barrier
    std::uint64_t spool_pending_size = 256 * 1024 * 1024; // and their octets
    std::uint64_t spool_told_size = 8 * 1024 * 1024; // envelopes on their way to qmgr; beyond it they are left out
    std::uint32_t spool_remembered = 50000;      // ids of finished and of refused messages, each
    std::uint32_t spool_remembered_time = 3600;
    std::uint32_t spool_uncertain_grace = 5;     // after a restart, for agents to tell how deliveries under way ended
    std::uint32_t spool_naming_timeout = 10;     // for the log to have the name of what may be delivered twice

    static void fields(auto& self, auto&& field)
    {
        field("check_spool_space", self.check_spool_space);
        field("check_spool_inodes", self.check_spool_inodes);
        field("check_log_space", self.check_log_space);
        field("check_log_inodes", self.check_log_inodes);
        field("log_directory", self.log_directory);
        field("spool_space_interval", self.spool_space_interval);
        field("spool_segment_size", self.spool_segment_size);
        field("spool_first_segment_size", self.spool_first_segment_size);
        field("spool_spare_segments", self.spool_spare_segments);
        field("spool_kept_segments", self.spool_kept_segments);
        field("spool_batch_size", self.spool_batch_size);
        field("spool_compact_below", self.spool_compact_below);
        field("spool_compact_segments", self.spool_compact_segments);
        field("spool_retry_interval", self.spool_retry_interval);
        field("spool_large_receptions", self.spool_large_receptions);
        field("spool_pending", self.spool_pending);
        field("spool_pending_size", self.spool_pending_size);
        field("spool_told_size", self.spool_told_size);
        field("spool_remembered", self.spool_remembered);
        field("spool_remembered_time", self.spool_remembered_time);
        field("spool_uncertain_grace", self.spool_uncertain_grace);
        field("spool_naming_timeout", self.spool_naming_timeout);
    }
};

}
