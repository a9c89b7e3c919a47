from branches.forms.posts import PostForm

__all__ = ["PostForm"]
