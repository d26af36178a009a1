"""Create a newsletter folder from the author's answers.

    answers   what the author is asked, and the check of each answer
    find_blog the blog is looked for while they type on, and proposes answers
    make      the folder: settings, secret, database, and one reading of the blog

- `answers`: `SetupAnswers`, and a function for each answer that needs a check, such as
  `check_zone`. A wrong answer raises UsageError.
- `find_blog`: `BlogSearch` looks in the background; `find_blog` returns a `FoundBlog`, from which
  `complete` fills in what the author left open.
- `make`: `make_newsletter` creates all of it or changes nothing; `require_free_folder` looks before
  anything is asked.
- `proposals`: the words in which the answers that were found are shown.
"""
