// Messages out of the queue into files, and back: as RFC 5322 beside the envelope as text, or as Exim's -H/-D
// pairs, so that a queue can be taken over from an Exim that stood here before.
#pragma once

#include <string>
#include <vector>

#include "master/control/queue/source.h"

namespace gp::control {

// ID.eml and ID.envelope; with `exim` ID-H and ID-D.
Status export_message(Queue& queue, const std::string& id, const std::string& directory, bool exim);

// What one file pair has.
struct Imported {
    mail::Envelope envelope;
    std::string headers, body;      // CRLF lines
    std::vector<std::string> notes; // what has no place here
};
// `path` is an .envelope file or Exim's -H file; the rest is found beside it. Exim's journal (-J) counts.
Result<Imported> read_exported(const std::string& path);
// The pairs of a directory, Exim's split ones included; a file's name is taken as it is.
Result<std::vector<std::string>> find_exported(const std::string& path);

// Puts messages into the queue. The id of each comes back, or why it did not go.
class Importer {
public:
    // Into the spool of a suite that does not run.
    static Result<std::unique_ptr<Importer>> open(const std::string& spool_directory);
    // Through the queue manager of one that does.
    static std::unique_ptr<Importer> through(std::unique_ptr<Queue> queue);
    virtual ~Importer() = default;
    virtual Result<std::string> add(Imported message) = 0;
};

}
