"""Writes tests/numbers/scores/data/cases.json: outputs, targets and the values of losses and metrics, by Keras' own objects
applied to arrays.

Run from the root of the repository with a Python that has keras 3 and tensorflow:  python tests/oracle/scores.py
Each case is a line of `train`; its output is `p`, its target `t`, its weight `w`.
"""
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
from keras import losses as kl
from keras import metrics as km

F32 = np.float32
random = np.random.default_rng(11)
cases = []


def tensor(array):
    array = np.asarray(array)
    dtype = {"float32": "f32", "int32": "i32"}[str(array.dtype)]
    return {"type": f"{dtype}[{', '.join(['N'] + [str(s) for s in array.shape[1:]])}]", "dtype": dtype, "shape": list(array.shape),
            "values": [float(f"{v:.9g}") if dtype == "f32" else int(v) for v in array.reshape(-1)]}


def number(value):
    return [float(f"{v:.9g}") for v in np.asarray(value, dtype=np.float64).reshape(-1)]


def case(line, p, t, value, w=None):
    cases.append({"line": line, "p": tensor(p), "t": tensor(t), **({"w": tensor(w)} if w is not None else {}), "value": number(value)})


def loss(text, make, p, t, w=None, **settings):
    inside = "".join(f", {key}: {str(value).lower() if isinstance(value, bool) else value}" for key, value in settings.items())
    case(f"loss {text}(p, t{inside}{', weight: w' if w is not None else ''})", p, t,
         make(t, p, sample_weight=w) if w is not None else make(t, p), w)


def metric(text, made, p, t, **settings):
    for begin in range(0, len(p), 4):
        made.update_state(t[begin:begin + 4], p[begin:begin + 4])
    inside = "".join(f", {key}: {str(value).lower() if isinstance(value, bool) else value}" for key, value in settings.items())
    case(f"metric {text}(p, t{inside})", p, t, made.result())


def reals(*shape):
    return (random.normal(size=shape) * 1.5).astype(F32)


def units(*shape):
    return random.uniform(0.01, 0.99, size=shape).astype(F32)


def distributions(*shape):
    x = np.exp(random.normal(size=shape))
    return (x / x.sum(-1, keepdims=True)).astype(F32)


def classes(count, *shape):
    return random.integers(0, count, size=shape).astype(np.int32)


def one_hot(count, *shape):
    return np.eye(count, dtype=F32)[classes(count, *shape)]


def yes_no(*shape):
    return (random.random(size=shape) < 0.4).astype(F32)


def quantities():
    for shape in [(11, 3), (9, 1), (7, 4, 2)]:
        p, t = reals(*shape), reals(*shape)
        w = random.uniform(0.2, 2, size=shape[0]).astype(F32)
        loss("mse", kl.MeanSquaredError(), p, t)
        loss("mean_absolute_error", kl.MeanAbsoluteError(), p, t)
        loss("mape", kl.MeanAbsolutePercentageError(), p, t)
        loss("huber", kl.Huber(delta=0.7), p, t, delta=0.7)
        loss("log_cosh", kl.LogCosh(), p, t)
        loss("mse", kl.MeanSquaredError(reduction="sum"), p, t, reduction="sum")
        if len(shape) == 2:
            loss("mae", kl.MeanAbsoluteError(), p, t, w)
            loss("mse", kl.MeanSquaredError(reduction="mean_with_sample_weight"), p, t, w, reduction="mean_with_sample_weight")
        if shape[-1] > 1:  # of one number only the sign is left, which kdlc refuses
            loss("cosine_similarity", kl.CosineSimilarity(), p, t)
            metric("cosine_similarity", km.CosineSimilarity(), p, t)
        loss("msle", kl.MeanSquaredLogarithmicError(), np.abs(p), np.abs(t))
        loss("poisson", kl.Poisson(), np.abs(p) + F32(0.1), np.abs(t))
        metric("mse", km.MeanSquaredError(), p, t)
        metric("mae", km.MeanAbsoluteError(), p, t)
        metric("mape", km.MeanAbsolutePercentageError(), p, t)
        metric("msle", km.MeanSquaredLogarithmicError(), np.abs(p), np.abs(t))
        metric("root_mean_squared_error", km.RootMeanSquaredError(), p, t)
        metric("log_cosh_error", km.LogCoshError(), p, t)
        metric("poisson", km.Poisson(), np.abs(p) + F32(0.1), np.abs(t))
        metric("exact_match", km.Accuracy(), np.round(p), np.round(t))
    p, t = reals(12, 5), reals(12, 5)
    loss("cosine_similarity", kl.CosineSimilarity(), p, t)
    metric("pearson_correlation", km.PearsonCorrelation(), p, t)
    metric("concordance_correlation", km.ConcordanceCorrelation(), p, t)
    metric("r2_score", km.R2Score(), p, t)
    metric("r2_score", km.R2Score(class_aggregation="variance_weighted_average"), p, t, average="variance")
    metric("r2_score", km.R2Score(class_aggregation=None), p, t, average="columns")
    metric("r2_score", km.R2Score(num_regressors=3), p, t, num_regressors=3)


def yes_or_no():
    for shape in [(10, 1), (9, 4), (6, 3, 2)]:
        p, z, t = units(*shape), reals(*shape), yes_no(*shape)
        loss("binary_crossentropy", kl.BinaryCrossentropy(), p, t)
        loss("bce", kl.BinaryCrossentropy(from_logits=True), z, t, from_logits=True)
        loss("bce", kl.BinaryCrossentropy(label_smoothing=0.2), p, t, label_smoothing=0.2)
        loss("binary_focal_crossentropy", kl.BinaryFocalCrossentropy(), p, t)
        loss("binary_focal_crossentropy", kl.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5), p, t,
             balance=True, alpha=0.3, gamma=1.5)
        loss("binary_focal_crossentropy", kl.BinaryFocalCrossentropy(from_logits=True, label_smoothing=0.1), z, t, from_logits=True, label_smoothing=0.1)
        loss("dice", kl.Dice(), p, t)
        loss("tversky", kl.Tversky(alpha=0.3, beta=0.6), p, t, alpha=0.3, beta=0.6)
        loss("hinge", kl.Hinge(), z, t)
        loss("hinge", kl.Hinge(), z, (2 * t - 1).astype(F32))
        loss("squared_hinge", kl.SquaredHinge(), z, t)
        loss("squared_hinge", kl.SquaredHinge(), z, (2 * t - 1).astype(F32))
        metric("hinge", km.Hinge(), z, (2 * t - 1).astype(F32))
        metric("squared_hinge", km.SquaredHinge(), z, (2 * t - 1).astype(F32))
        metric("binary_crossentropy", km.BinaryCrossentropy(), p, t)
        metric("binary_accuracy", km.BinaryAccuracy(), p, t)
        metric("binary_accuracy", km.BinaryAccuracy(threshold=0.3), p, t, threshold=0.3)
        metric("precision", km.Precision(), p, t)
        metric("precision", km.Precision(thresholds=0.3), p, t, threshold=0.3)
        metric("recall", km.Recall(), p, t)
        metric("true_positives", km.TruePositives(), p, t)
        metric("false_positives", km.FalsePositives(), p, t)
        metric("true_negatives", km.TrueNegatives(thresholds=0.6), p, t, threshold=0.6)
        metric("false_negatives", km.FalseNegatives(), p, t)
        metric("auc", km.AUC(), p, t)
        metric("auc", km.AUC(num_thresholds=11, summation_method="minoring"), p, t, num_thresholds=11, summation="minoring")
        metric("auc", km.AUC(summation_method="majoring"), p, t, summation="majoring")
        metric("auc", km.AUC(curve="PR"), p, t, curve="pr")
        metric("auc", km.AUC(curve="PR", summation_method="majoring"), p, t, curve="pr", summation="majoring")
        metric("auc", km.AUC(curve="PRGAIN"), p, t, curve="pr_gain")
        metric("auc", km.AUC(from_logits=True), z, t, from_logits=True)
        metric("sensitivity_at_specificity", km.SensitivityAtSpecificity(0.6), p, t, specificity=0.6)
        metric("specificity_at_sensitivity", km.SpecificityAtSensitivity(0.6), p, t, sensitivity=0.6)
        metric("precision_at_recall", km.PrecisionAtRecall(0.6), p, t, recall=0.6)
        metric("recall_at_precision", km.RecallAtPrecision(0.4), p, t, precision=0.4)
        metric("iou", km.BinaryIoU(), p, t)
        metric("iou", km.BinaryIoU(threshold=0.3), p, t, threshold=0.3)
    p, t = units(10, 4), yes_no(10, 4)
    metric("auc", km.AUC(multi_label=True), p, t, multi_label=True)
    metric("precision", km.Precision(top_k=2), p, t, k=2)
    metric("precision", km.Precision(class_id=1), p, t, class_id=1)
    metric("recall", km.Recall(top_k=1, thresholds=0.5), p, t, k=1, threshold=0.5)


def one_of_several():
    for shape in [(10,), (6, 3)]:
        p, z = distributions(*shape, 4), reals(*shape, 4)
        ids, rows = classes(4, *shape), one_hot(4, *shape)
        loss("sparse_categorical_crossentropy", kl.SparseCategoricalCrossentropy(), p, ids)
        loss("sparse_categorical_crossentropy", kl.SparseCategoricalCrossentropy(from_logits=True), z, ids, from_logits=True)
        loss("sparse_categorical_crossentropy", kl.SparseCategoricalCrossentropy(ignore_class=1), p, ids, ignore=1)
        loss("categorical_crossentropy", kl.CategoricalCrossentropy(), p, rows)
        loss("categorical_crossentropy", kl.CategoricalCrossentropy(label_smoothing=0.1), p, rows, label_smoothing=0.1)
        loss("categorical_crossentropy", kl.CategoricalCrossentropy(from_logits=True), z, rows, from_logits=True)
        loss("categorical_focal_crossentropy", kl.CategoricalFocalCrossentropy(), p, rows)
        loss("categorical_focal_crossentropy", kl.CategoricalFocalCrossentropy(alpha=0.5, gamma=1.0, from_logits=True), z, rows,
             alpha=0.5, gamma=1.0, from_logits=True)
        loss("categorical_hinge", kl.CategoricalHinge(), z, rows)
        loss("kl_divergence", kl.KLDivergence(), p, distributions(*shape, 4))
        metric("kl_divergence", km.KLDivergence(), p, distributions(*shape, 4))
        metric("sparse_categorical_crossentropy", km.SparseCategoricalCrossentropy(), p, ids)
        metric("categorical_crossentropy", km.CategoricalCrossentropy(), p, rows)
        metric("categorical_hinge", km.CategoricalHinge(), z, rows)
        metric("categorical_accuracy", km.CategoricalAccuracy(), p, rows)
        metric("sparse_categorical_accuracy", km.SparseCategoricalAccuracy(), p, ids)
        metric("accuracy", km.SparseCategoricalAccuracy(), p, ids)
        metric("accuracy", km.CategoricalAccuracy(), p, rows)
        metric("top_k_categorical_accuracy", km.TopKCategoricalAccuracy(k=2), p, rows, k=2)
        metric("sparse_top_k_categorical_accuracy", km.SparseTopKCategoricalAccuracy(k=3), p, ids, k=3)
        metric("mean_iou", km.MeanIoU(4, sparse_y_pred=False), p, ids)
        metric("mean_iou", km.MeanIoU(4, sparse_y_pred=False, ignore_class=2), p, ids, ignore=2)
        metric("class_iou", km.IoU(4, [1, 3], sparse_y_pred=False), p, ids, classes=[1, 3])
        metric("one_hot_mean_iou", km.OneHotMeanIoU(4), p, rows)
        metric("one_hot_iou", km.OneHotIoU(4, [0, 2]), p, rows, classes=[0, 2])
    p, ids, rows = distributions(12, 5), classes(5, 12), one_hot(5, 12)
    w = random.uniform(0.2, 2, size=12).astype(F32)
    factors = [0.5, 2, 1, 1.5, 3]
    loss("sparse_categorical_crossentropy", kl.SparseCategoricalCrossentropy(), p, ids, w)
    case(f"loss sparse_categorical_crossentropy(p, t, class_weights: {factors})", p, ids,
         kl.SparseCategoricalCrossentropy()(ids, p, sample_weight=np.array(factors, F32)[ids]))
    case(f"loss categorical_crossentropy(p, t, class_weights: {factors})", p, rows,
         kl.CategoricalCrossentropy()(rows, p, sample_weight=np.array(factors, F32)[rows.argmax(-1)]))
    loss("categorical_generalized_cross_entropy", kl.CategoricalGeneralizedCrossEntropy(q=0.7), p, ids, q=0.7)
    for average in [None, "micro", "macro", "weighted"]:
        settings = {} if average is None else {"average": average}
        metric("f1_score", km.F1Score(average=average), p, rows, **settings)
        metric("fbeta_score", km.FBetaScore(average=average, beta=2.0), p, rows, beta=2.0, **settings)
    metric("f1_score", km.F1Score(threshold=0.3), p, rows, threshold=0.3)


quantities()
yes_or_no()
one_of_several()
p, t = reals(9, 2), reals(9, 2)
case("loss 2 * mse(p, t) + mae(p, t) / 4 - 0.5 * huber(p, t)", p, t,
     2 * kl.MeanSquaredError()(t, p) + kl.MeanAbsoluteError()(t, p) / 4 - 0.5 * kl.Huber()(t, p))
target = pathlib.Path("tests/numbers/scores/data/cases.json")
target.write_text("[\n" + ",\n".join(json.dumps(item) for item in cases) + "\n]\n")
print(len(cases), "cases")
